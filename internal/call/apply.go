// SPDX-License-Identifier: Apache-2.0

package call

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Longest texts a Call keeps, in bytes; the events keep them whole.
const (
	actorMax   = 128
	numberMax  = 64
	urlMax     = 512
	dataMax    = 512
	detailMax  = 64
	recordings = 8 // how many
)

// Apply folds e and reports whether it could. It could not when e sorts before
// or equal to the last folded event: then c is unchanged and the caller must
// Fold the whole set anew. An equal event is a duplicate; only the last one
// is recognised as such, so the caller keeps the keys of a call unique, as the
// log does.
//
// Events that are no part of a call, and those that say nothing (Empty), fold
// to no change.
func (c *Call) Apply(e Event) bool {
	if !IsCallEvent(e.Type) || Empty(e) {
		return true
	}
	order := e.Order()
	if c.Events > 0 && !Before(c.Last, order) {
		return false
	}
	c.Last, c.LastAt = order, order.At
	c.Events++

	typ := Canonical(e.Type)
	switch typ {
	case TypeRecording:
		c.record(e.URL)
	case TypeData, TypeCPF, TypeCNPJ:
		c.provide(&e)
	case TypeRinging, TypeNoAnswer, TypeEntered, TypeLeft:
		c.applyActor(typ, &e)
	case TypeExpired:
		if c.State != StateFinished {
			c.end(TypeExpired, e.At)
		}
	default:
		c.applyCall(typ, &e)
	}
	if strings.HasPrefix(typ, "call.") {
		c.Seen = true
	}
	return true
}

// applyCall folds the call.* events that tell where the call is.
//
// An overflow, a follow-me and an abandon end the wait in a queue but leave
// the state alone: what comes of the call is told by the call.waiting,
// call.ongoing or call.finished that follows. An abandoned call is open until
// its call.finished, or Tandem's live.expired.
func (c *Call) applyCall(typ string, e *Event) {
	to, isStage := stages[typ]
	if !isStage && !known[typ] {
		return
	}
	if c.State == StateFinished {
		c.afterEnd(typ, e)
		return
	}
	c.learn(e)
	switch typ {
	case TypeOverflow:
		c.leaveQueue(e.At, LeftOverflow)
	case TypeFollowMe:
		c.leaveQueue(e.At, LeftFollowMe)
	case TypeAbandon:
		first(&c.AbandonedAt, e.At)
		c.leaveQueue(e.At, LeftAbandoned)
	default:
		c.move(to, typ, e)
	}
}

// stages are the events that move the state, and where to.
var stages = map[string]State{
	TypeNew: StateNew, TypeStandby: StateStandby, TypeWaiting: StateWaiting,
	TypeOngoing: StateOngoing, TypeFinished: StateFinished,
}

// chain numbers the states in the order of a full life.
var chain = map[State]int{StateNone: 0, StateNew: 1, StateStandby: 2, StateWaiting: 3, StateOngoing: 4, StateFinished: 5}

// move folds an event that names a stage of the call.
func (c *Call) move(to State, typ string, e *Event) {
	queue := clip(e.Queue, numberMax)
	back := c.State == StateOngoing && to == StateWaiting
	switch {
	case to == StateWaiting && c.State == StateWaiting && !c.waitsIn(queue):
		c.Bucket = typ
		c.enterQueue(queue, e.At)
		c.current()
		return
	case to == c.State:
		if v := c.openVisit(); v != nil {
			first(&v.Queue, queue)
		}
		c.anomaly(RepeatedStage, typ, e.At)
		return
	case chain[to] < chain[c.State] && !back:
		c.anomaly(MovedBack, typ, e.At)
		return
	}
	if skipped := c.skipped(to); skipped != "" {
		c.anomaly(SkippedStage, skipped, e.At)
	}
	if to == StateFinished {
		c.end(typ, e.At)
		return
	}
	c.State, c.Bucket = to, typ
	switch to {
	case StateNew:
		c.NewAt = e.At
	case StateStandby:
		c.StandbyAt = e.At
	case StateWaiting:
		first(&c.WaitingAt, e.At)
		c.enterQueue(queue, e.At)
		c.current()
	case StateOngoing:
		first(&c.OngoingAt, e.At)
		first(&c.AnsweredAt, e.At)
		c.answerVisit(e.At, false)
	}
}

// skipped names the stages that a step to a state passes over, "" if none. A
// call may end from anywhere, and only an incoming call stands by, so neither
// counts.
func (c *Call) skipped(to State) string {
	var names []string
	from, until := chain[c.State], chain[to]
	if from == 0 && until > 1 {
		names = append(names, "new")
	}
	if to != StateFinished {
		if from < 2 && until > 2 && c.Direction != "outbound" && c.Direction != "internal" {
			names = append(names, "standby")
		}
		if from < 3 && until > 3 {
			names = append(names, "waiting")
		}
	}
	return strings.Join(names, ", ")
}

// end closes the call.
func (c *Call) end(by string, at int64) {
	c.State, c.Bucket, c.EndedBy, c.EndedAt = StateFinished, TypeFinished, by, at
	if by == TypeExpired {
		c.Outcome = OutcomeExpired
		return
	}
	c.FinishedAt = at
	switch {
	case c.ReachedAt() != 0:
		c.Outcome = OutcomeAnswered
	case c.AnsweredAt == 0 && c.WaitingAt != 0 || c.AbandonedAt != 0:
		c.Outcome = OutcomeAbandoned
	default:
		c.Outcome = OutcomeMissed
	}
	c.leaveQueue(at, LeftAbandoned)
}

// afterEnd folds what comes after the end: nothing moves, except that the
// reported end of a call that Tandem had closed by itself replaces its own.
func (c *Call) afterEnd(typ string, e *Event) {
	switch {
	case typ == TypeFinished && c.EndedBy == TypeExpired:
		c.end(typ, e.At)
	case typ == TypeFinished:
		c.anomaly(EndedTwice, "", e.At)
	case typ == TypeNew:
		c.anomaly(IDReused, "", e.At)
	default:
		c.anomaly(EventAfterEnd, typ, e.At)
	}
}

// applyActor folds what an actor did. It never moves the state; after the end
// it can only close a segment that was left open.
func (c *Call) applyActor(typ string, e *Event) {
	if c.State == StateFinished {
		c.anomaly(EventAfterEnd, typ, e.At)
		if typ == TypeLeft {
			c.left(e)
		}
		return
	}
	if !c.Seen {
		c.anomaly(OrphanActor, typ, e.At)
	}
	switch typ {
	case TypeRinging:
		c.rang(e)
	case TypeNoAnswer:
		c.noAnswer(e)
	case TypeEntered:
		c.entered(e)
	case TypeLeft:
		c.left(e)
	}
	if c.State != StateNone && (typ == TypeEntered || typ == TypeLeft) {
		c.Bucket = typ
	}
	first(&c.Code, clip(e.Code, numberMax))
	latest(&c.Queue, clip(e.Queue, numberMax))
}

// learn takes over the fields every call.* event may carry.
func (c *Call) learn(e *Event) {
	first(&c.Direction, direction(e.Direction))
	first(&c.Code, clip(e.Code, numberMax))
	first(&c.TheirNumber, clip(e.TheirNumber, numberMax))
	first(&c.TheirNumberType, clip(e.TheirNumberType, numberMax))
	first(&c.OurNumber, clip(e.OurNumber, numberMax))
	latest(&c.Queue, clip(e.Queue, numberMax))
}

func (c *Call) record(url string) {
	url = clip(url, urlMax)
	switch {
	case url == "" || slices.Contains(c.Recordings, url):
	case len(c.Recordings) == recordings:
		c.RecordingsOmitted++
	default:
		c.Recordings = append(c.Recordings, url)
	}
}

func (c *Call) provide(e *Event) {
	latest(&c.Provided.Data, clip(e.Data, dataMax))
	latest(&c.Provided.CPF, clip(e.CPF, numberMax))
	latest(&c.Provided.CNPJ, clip(e.CNPJ, numberMax))
	latest(&c.Provided.NPS, clip(e.NPS, numberMax))
}

// direction returns the word for a direction in any of the words in use, ""
// for others.
func direction(s string) string {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "inbound", "incoming":
		return "inbound"
	case "outbound", "outgoing":
		return "outbound"
	case "internal":
		return "internal"
	}
	return ""
}

// first keeps the first value that was reported, latest the last.

func first[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func latest[T comparable](field *T, value T) {
	var zero T
	if value != zero {
		*field = value
	}
}

// clip cuts s between characters so that it takes at most limit bytes as JSON.
// A cut text is copied, lest it hold on to the whole.
func clip(s string, limit int) string {
	size := 0
	for i, r := range s {
		switch {
		case r < ' ', r == '<', r == '>', r == '&', r == '\u2028', r == '\u2029', r == utf8.RuneError:
			size += 6 // as \u0026
		case r == '"', r == '\\':
			size += 2
		default:
			size += utf8.RuneLen(r)
		}
		if size > limit {
			return strings.Clone(s[:i])
		}
	}
	return s
}
