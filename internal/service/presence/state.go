// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"cmp"
	"slices"

	"tandem/internal/call"
)

// State is what an agent does now.
type State string

// The states, in the order in which a supervisor wants to see them.
const (
	Busy      State = "busy"
	Ringing   State = "ringing"
	WrapUp    State = "wrap_up"
	Paused    State = "paused"
	Free      State = "free"
	LoggedOut State = "logged_out"
)

// states are all of them, in that order.
var states = []State{Busy, Ringing, WrapUp, Paused, Free, LoggedOut}

// rank is a state's place in that order.
func (s State) rank() int { return slices.Index(states, s) }

// word is what a phone system says of an agent in a queue.
type word string

const (
	wordIn       word = "in"
	wordPaused   word = "paused"
	wordUnpaused word = "unpaused"
	wordOut      word = "out"
)

// wordRanks order the words of one instant, because phone systems report whole
// seconds: who logs in and pauses within one is paused, and who leaves has left.
var wordRanks = map[word]int{wordIn: 1, wordPaused: 2, wordUnpaused: 3, wordOut: 4}

// Facts are what an agent's state is a function of. They depend on the set of
// the events only, not on the order in which those came: of each kind the
// newest counts. Times are Unix milliseconds; 0 means not reported.
type Facts struct {
	Words  []Word       `json:"words,omitempty"` // one per queue of each phone system, the newest first
	Choice Choice       `json:"choice,omitzero"` // the person's own
	Calls  []Engagement `json:"calls,omitempty"` // those that go on, then the last that are over
}

// Word is the newest that a phone system said of the agent in one queue.
type Word struct {
	Connector int64      `json:"connector"`
	Queue     string     `json:"queue,omitempty"`
	Word      word       `json:"word"`
	Reason    string     `json:"reason,omitempty"`
	Order     call.Order `json:"order"`
}

// Choice is what the person, or somebody for them, has chosen in Tandem. One
// that is made during a call takes effect after it, unless a newer one comes
// before.
type Choice struct {
	State    State      `json:"state,omitempty"` // Free, Paused or LoggedOut; "" for none
	ReasonID string     `json:"reason_id,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Order    call.Order `json:"order,omitzero"`
}

// phase is how an agent stands to a call.
type phase string

const (
	phaseIn      phase = "in"
	phaseRinging phase = "ringing"
	phaseOver    phase = "over"
)

// Engagement is how an agent stands to one call.
type Engagement struct {
	Connector int64  `json:"connector"`
	CallID    string `json:"call_id"`
	ID        int64  `json:"id"` // of the call in Tandem
	Phase     phase  `json:"phase"`
	Since     int64  `json:"since"`             // when it rang, when they entered, or when it was over
	SeenAt    int64  `json:"seen_at,omitempty"` // when the call last reached them
	LeftAt    int64  `json:"left_at,omitempty"` // when they left it; 0 if they were never in it
}

const (
	wordsMax = 64 // queues of one agent that are told apart; the oldest word makes room
	overMax  = 4  // calls that are over and may still be corrected by late events
)

// Hear takes in what a phone system said.
func (f *Facts) Hear(w Word) {
	w.Order.Rank = wordRanks[w.Word]
	i := slices.IndexFunc(f.Words, func(o Word) bool { return o.Connector == w.Connector && o.Queue == w.Queue })
	switch {
	case i >= 0 && call.Before(f.Words[i].Order, w.Order):
		f.Words[i] = w
	case i < 0:
		f.Words = append(f.Words, w)
	}
	slices.SortFunc(f.Words, func(a, b Word) int { return newest(a.Order, b.Order) })
	f.Words = f.Words[:min(len(f.Words), wordsMax)]
}

// newest sorts the newest first.
func newest(a, b call.Order) int {
	switch {
	case call.Before(b, a):
		return -1
	case call.Before(a, b):
		return 1
	default:
		return 0
	}
}

// Choose takes in what the person chose.
func (f *Facts) Choose(c Choice) {
	if f.Choice.State == "" || call.Before(f.Choice.Order, c.Order) {
		f.Choice = c
	}
}

// Engage takes in how the agent stands to a call now, and reports whether that
// is news.
func (f *Facts) Engage(e Engagement) (news bool) {
	if slices.Contains(f.Calls, e) {
		return false
	}
	f.Calls = slices.DeleteFunc(f.Calls, func(o Engagement) bool { return o.Connector == e.Connector && o.CallID == e.CallID })
	f.Calls = append(f.Calls, e)
	slices.SortFunc(f.Calls, func(a, b Engagement) int {
		byTime := cmp.Compare(a.Since, b.Since) // the call that began first is the one that is shown
		if a.Phase == phaseOver {
			byTime = -byTime // and what was over last is corrected longest
		}
		return cmp.Or(cmp.Compare(a.Phase.rank(), b.Phase.rank()), byTime, cmp.Compare(a.Connector, b.Connector), cmp.Compare(a.CallID, b.CallID))
	})
	over := slices.IndexFunc(f.Calls, func(o Engagement) bool { return o.Phase == phaseOver })
	if over >= 0 {
		f.Calls = f.Calls[:min(len(f.Calls), over+overMax)]
	}
	return true
}

// Disengage forgets a call that the agent has turned out not to be part of.
func (f *Facts) Disengage(connector int64, callID string) {
	f.Calls = slices.DeleteFunc(f.Calls, func(o Engagement) bool { return o.Connector == connector && o.CallID == callID })
}

func (p phase) rank() int { return slices.Index([]phase{phaseIn, phaseRinging, phaseOver}, p) }

// last returns when a call last reached the agent, when the last one, or offer
// of one, was over, and when they left the last that they were in.
func (f *Facts) last() (seenAt, idleAt, leftAt int64) {
	for _, c := range f.Calls {
		if c.Phase == phaseOver {
			idleAt = max(idleAt, c.Since)
		}
		leftAt, seenAt = max(leftAt, c.LeftAt), max(seenAt, c.SeenAt)
	}
	return seenAt, idleAt, leftAt
}

// Present is what an agent does at one moment.
type Present struct {
	State  State
	Reason string      // why they pause; "" when not said
	Since  int64       // 0 when nothing was ever reported
	Until  int64       // when wrap-up ends by itself; else 0
	Call   *Engagement // that they are in, or that rings
	Next   *Next       // what they will do after it, when that is not to be free
}

// Next is what an agent will do after a call.
type Next struct {
	State  State
	Reason string
}

// Of returns what the agent does at now, in a call centre that gives its
// agents wrapUp milliseconds after a call.
//
// Whoever is in a call is busy, whatever else was said; then comes ringing,
// then what was said last, by the phone system or by the person. Of whom
// nothing was said is free, as the phone systems' own screens have it.
func (f *Facts) Of(now, wrapUp int64) Present {
	seenAt, idleAt, leftAt := f.last()
	said := f.base(seenAt)
	if len(f.Calls) > 0 && f.Calls[0].Phase != phaseOver {
		first := f.Calls[0]
		p := Present{State: Ringing, Since: first.Since, Call: &first}
		if first.Phase == phaseIn {
			p.State = Busy
		}
		if said.state != Free {
			p.Next = &Next{said.state, said.reason}
		}
		return p
	}
	p := Present{State: said.state, Reason: said.reason, Since: max(said.at, idleAt)}
	if leftAt <= said.at || wrapUp <= 0 || p.State != Free {
		return p
	}
	over := leftAt + wrapUp
	if now < over {
		return Present{State: WrapUp, Since: leftAt, Until: over}
	}
	p.Since = max(p.Since, over)
	return p
}

// base is what was said last, calls aside.
type base struct {
	state  State
	reason string
	at     int64
}

func (f *Facts) base(seenAt int64) base {
	said := f.said(seenAt)
	c := f.Choice
	switch {
	case c.State == "" || c.Order.At < said.at:
		return said
	case c.State == LoggedOut && seenAt > c.Order.At:
		return base{state: Free, at: seenAt} // who takes calls has come back
	case c.State == Paused:
		return base{Paused, c.Reason, c.Order.At}
	default:
		return base{state: c.State, at: c.Order.At}
	}
}

// said is what the phone systems say: who is in one queue is in, and only who
// pauses in all of theirs is paused.
func (f *Facts) said(seenAt int64) base {
	out, free, paused := base{state: LoggedOut}, base{state: Free}, base{state: Paused}
	in, resting := 0, 0
	for _, w := range f.Words {
		at := w.Order.At
		if w.Word == wordOut {
			if seenAt <= at {
				out.at = max(out.at, at)
				continue
			}
			at = seenAt // calls reach them, so they have come back
		}
		in++
		free.at = max(free.at, at)
		if w.Word == wordPaused {
			resting++
			if at > paused.at {
				paused.at, paused.reason = at, w.Reason
			}
		}
	}
	switch {
	case len(f.Words) == 0, in > resting:
		return free
	case in > 0:
		return paused
	default:
		return out
	}
}
