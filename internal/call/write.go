// SPDX-License-Identifier: Apache-2.0

package call

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends what json.Marshal writes of the call, byte for byte. It is
// written by hand because the state of a call is written with every event of
// it.
func (c *Call) AppendJSON(to []byte) []byte {
	w := writer{to: append(to, '{')}
	w.text("state", string(c.State))
	w.text("outcome", string(c.Outcome))
	w.text("direction", c.Direction)
	w.text("code", c.Code)
	w.text("their_number", c.TheirNumber)
	w.text("their_number_type", c.TheirNumberType)
	w.text("our_number", c.OurNumber)
	w.text("queue", c.Queue)
	w.text("current_actor", c.CurrentActor)
	w.text("current_number", c.CurrentNumber)
	w.number("new_at", c.NewAt)
	w.number("standby_at", c.StandbyAt)
	w.number("waiting_at", c.WaitingAt)
	w.number("answered_at", c.AnsweredAt)
	w.number("entered_at", c.EnteredAt)
	w.number("ongoing_at", c.OngoingAt)
	w.number("abandoned_at", c.AbandonedAt)
	w.number("finished_at", c.FinishedAt)
	w.number("ended_at", c.EndedAt)
	w.text("ended_by", c.EndedBy)
	w.text("bucket", c.Bucket)
	list(&w, "participants", c.Participants, (*writer).participant)
	list(&w, "visits", c.Visits, (*writer).visit)
	list(&w, "recordings", c.Recordings, func(w *writer, url *string) { w.quote(*url) })
	w.provided(&c.Provided)
	list(&w, "anomalies", c.Anomalies, (*writer).anomaly)
	w.number("participants_omitted", int64(c.ParticipantsOmitted))
	w.number("visits_omitted", int64(c.VisitsOmitted))
	w.number("recordings_omitted", int64(c.RecordingsOmitted))
	w.truth("seen", c.Seen)
	w.always("events", int64(c.Events))
	w.always("last_at", c.LastAt)
	w.name("last")
	w.to = append(w.to, '{')
	w.always("at", c.Last.At)
	w.always("rank", int64(c.Last.Rank))
	w.name("key")
	w.quote(c.Last.Key)
	return append(w.to, '}', '}')
}

// writer writes the members of objects. All but always leave out what is
// nothing.
type writer struct{ to []byte }

// name begins a member.
func (w *writer) name(name string) {
	if w.to[len(w.to)-1] != '{' {
		w.to = append(w.to, ',')
	}
	w.to = append(append(append(w.to, '"'), name...), '"', ':')
}

func (w *writer) text(name, value string) {
	if value != "" {
		w.name(name)
		w.quote(value)
	}
}

func (w *writer) number(name string, value int64) {
	if value != 0 {
		w.always(name, value)
	}
}

func (w *writer) always(name string, value int64) {
	w.name(name)
	w.to = strconv.AppendInt(w.to, value, 10)
}

func (w *writer) truth(name string, value bool) {
	if value {
		w.name(name)
		w.to = append(w.to, "true"...)
	}
}

// quote writes a string. What has to be escaped is rare.
func (w *writer) quote(s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			escaped, _ := json.Marshal(s) // a string cannot fail
			w.to = append(w.to, escaped...)
			return
		}
	}
	w.to = append(append(append(w.to, '"'), s...), '"')
}

func list[T any](w *writer, name string, items []T, write func(*writer, *T)) {
	if len(items) == 0 {
		return
	}
	w.name(name)
	w.to = append(w.to, '[')
	for i := range items {
		if i > 0 {
			w.to = append(w.to, ',')
		}
		write(w, &items[i])
	}
	w.to = append(w.to, ']')
}

func (w *writer) participant(p *Participant) {
	w.to = append(w.to, '{')
	w.text("actor", p.Actor)
	w.text("number", p.Number)
	w.text("queue", p.Queue)
	list(w, "segments", p.Segments, (*writer).segment)
	w.number("segments_omitted", int64(p.SegmentsOmitted))
	w.to = append(w.to, '}')
}

func (w *writer) segment(s *Segment) {
	w.to = append(w.to, '{')
	w.number("ring_at", s.RingAt)
	w.number("entered_at", s.EnteredAt)
	w.number("left_at", s.LeftAt)
	w.number("no_answer_at", s.NoAnswerAt)
	w.to = append(w.to, '}')
}

func (w *writer) visit(v *Visit) {
	w.to = append(w.to, '{')
	w.text("queue", v.Queue)
	w.always("from", v.From)
	w.number("to", v.To)
	w.text("left", v.Left)
	w.truth("by_ongoing", v.ByOngoing)
	w.to = append(w.to, '}')
}

func (w *writer) anomaly(a *Anomaly) {
	w.to = append(w.to, '{')
	w.name("kind")
	w.quote(a.Kind)
	w.always("count", int64(a.Count))
	w.text("detail", a.Detail)
	w.always("at", a.At)
	w.to = append(w.to, '}')
}

func (w *writer) provided(p *Provided) {
	if *p == (Provided{}) {
		return
	}
	w.name("provided")
	w.to = append(w.to, '{')
	w.text("data", p.Data)
	w.text("cpf", p.CPF)
	w.text("cnpj", p.CNPJ)
	w.text("nps", p.NPS)
	w.to = append(w.to, '}')
}
