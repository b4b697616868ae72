// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"tandem/internal/phone"
	"tandem/internal/problem"
)

// The accepted values, as they are on the wire.
var (
	types            = []string{TypeNote, TypeCallLog, TypeReminder, TypeSMS}
	callStatuses     = []string{StatusSuccess, StatusMissed, StatusRejected, StatusBusy, StatusConnected}
	directions       = []string{Incoming, Outgoing}
	reminderStatuses = []string{Checked, Unchecked}
	smsStatuses      = []string{Pending, Sent, Failed}
)

// latestTime is 9999-12-31, behind which no clock writes a date that all read.
const latestTime = 253402300799999

const smsDigitsMin = 3

// faults collects what is wrong with a request.
type faults []problem.Field

func (f *faults) add(name, detail string) {
	*f = append(*f, problem.Field{Name: "body." + name, Detail: detail})
}

func (f *faults) oneOf(name, value string, accepted []string) {
	if !slices.Contains(accepted, value) {
		f.add(name, "must be "+strings.Join(accepted[:len(accepted)-1], ", ")+" or "+accepted[len(accepted)-1])
	}
}

func (f *faults) time(name string, value int64) {
	if value < 1 || value > latestTime {
		f.add(name, "must be a time in Unix milliseconds")
	}
}

func (f *faults) problem() error {
	if len(*f) == 0 {
		return nil
	}
	return problem.NewFields("activity.invalid", "The activity cannot be kept so.", *f...)
}

// members are those of a body that each type has.
var members = map[string][]string{
	TypeNote:     {},
	TypeCallLog:  {"idCalllog", "status", "duration", "direction", "source", "destination", "start", "end"},
	TypeReminder: {"remindedAgent", "duedate", "status"},
	TypeSMS:      {"to", "status", "error"},
}

// settle fills in what follows from an activity's own words, and returns what
// is wrong with them. Durations that were not given follow from the times.
func (a *Activity) settle(timed bool) (f faults) {
	if strings.ContainsFunc(a.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }) {
		f.add("text", "must not have control characters")
	}
	b := &a.Body
	for _, text := range []struct{ name, value string }{
		{"idCalllog", b.CallLogID},
		{"source", b.Source},
		{"destination", b.Destination},
		{"to", b.To},
		{"error", b.Error},
	} {
		if strings.ContainsFunc(text.value, unicode.IsControl) {
			f.add("body."+text.name, "must not have control characters")
		}
	}
	switch a.Type {
	case TypeNote:
		if strings.TrimSpace(a.Text) == "" {
			f.add("text", "must say something")
		}
	case TypeCallLog:
		f.callLog(b, timed)
		a.At = b.Start
	case TypeReminder:
		f.oneOf("body.status", b.Status, reminderStatuses)
		f.time("body.duedate", b.DueAt)
	case TypeSMS:
		f.oneOf("body.status", b.Status, smsStatuses)
		if strings.TrimSpace(a.Text) == "" {
			f.add("text", "must say something")
		}
		if len(phone.Digits(b.To)) < smsDigitsMin {
			f.add("body.to", "must be a number; it may be left out when the contact has one")
		}
	default:
		f.oneOf("type", a.Type, types)
	}
	return f
}

func (f *faults) callLog(b *Body, timed bool) {
	f.oneOf("body.status", b.Status, callStatuses)
	f.oneOf("body.direction", b.Direction, directions)
	f.time("body.start", b.Start)
	f.time("body.end", b.End)
	switch {
	case b.End < b.Start:
		f.add("body.end", "must not be before start")
	case !timed:
		b.Duration = seconds(b.Start, b.End)
	case b.Duration < 0:
		f.add("body.duration", "must be seconds, 0 or more")
	}
}

// seconds returns the length of a time, rounded.
func seconds(start, end int64) int64 { return int64(math.Round(float64(end-start) / 1000)) }
