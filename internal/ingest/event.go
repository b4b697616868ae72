// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"tandem/internal/call"
	"tandem/internal/eventlog"
)

const (
	subjectBytesMax = 255 // of a call_id, an actor or a code
	typeBytesMax    = 128
	keySumBytes     = 18 // as eventlog.Key has it
)

// refusal is why a request is not taken.
type refusal struct {
	status int    // what it is answered
	reason string // for the person who reads the inbox
	kind   refusalKind
	field  string // which member is at fault, if one is
	family string // of the event's type, if it has one
}

type refusalKind int

const (
	refusedBody      refusalKind = iota // could not be read
	refusedSize                         // too large
	refusedType                         // not one of a phone system's types
	refusedField                        // a member is missing or unusable
	refusedEnvelope                     // an envelope lacks its parts
	refusedConnector                    // the tenant has no such connector
)

func badBody(reason string) *refusal {
	return &refusal{status: 400, kind: refusedBody, reason: reason}
}

func badField(family, field, reason string) *refusal {
	return &refusal{status: 400, kind: refusedField, family: family, field: field, reason: field + " " + reason}
}

// event makes the event that an object describes. The caller has checked that
// text is what o was read from, or its equivalent; it becomes the event's data.
func (s *source) event(o *object, text []byte, received int64) (eventlog.Event, *refusal) {
	typ := o.str("type")
	family := call.Family(typ)
	if family == "" || !isText(typ, typeBytesMax) {
		return eventlog.Event{}, &refusal{status: 422, kind: refusedType, reason: "type is missing, or is none of call.*, actor.*, dialer.* and peer.*"}
	}
	stream, bad := s.stream(o, typ, family)
	if bad != nil {
		return eventlog.Event{}, bad
	}
	e := eventlog.Event{
		Tenant: s.tenant.ID, Connector: s.id, Stream: stream, Type: typ, Received: received, At: received,
		Key: s.key(typ, o), Data: text,
	}
	if at, ok := timeOf(o.str("timestamp")); ok {
		e.At, e.Timed = at, true
	}
	return e, nil
}

// stream returns what the event is about, named by the member that its type
// requires.
func (s *source) stream(o *object, typ, family string) (string, *refusal) {
	kind, members := "", []string(nil)
	switch {
	case family == "peer" && call.IsCallEvent(typ) && o.find("call_id") != nil, family != "peer" && call.IsCallEvent(typ):
		kind, members = "call/", []string{"call_id"}
	case family == "peer":
		kind, members = "agent/", []string{"number"}
	case family == "actor":
		kind, members = "agent/", []string{"actor"}
	default:
		kind, members = "dialer/", []string{"code", "number"}
	}
	for _, name := range members {
		text, ok := o.text(name)
		switch {
		case !ok:
			return "", badField(family, name, "is neither text nor a number")
		case strings.TrimSpace(text) == "":
			continue
		case !isText(text, subjectBytesMax):
			return "", badField(family, name, "has control characters or broken text, or more than 255 bytes")
		}
		return kind + strconv.FormatInt(s.id, 10) + "/" + text, nil
	}
	return "", badField(family, members[0], "is required")
}

// subjectOf returns the third part of a stream: the call_id, actor or code.
func subjectOf(stream string) string {
	_, rest, _ := strings.Cut(stream, "/")
	_, subject, _ := strings.Cut(rest, "/")
	return subject
}

// isText reports whether s can name something: bounded, printable on a log
// line, and not what is left of bytes that were no text.
func isText(s string, most int) bool {
	if len(s) > most {
		return false
	}
	for _, r := range s {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// keyer is what making keys needs, used again and again.
type keyer struct {
	mac  hash.Hash // with the tenant's secret
	text []byte
	sum  []byte
}

func newKeyers(secret []byte) *sync.Pool {
	return &sync.Pool{New: func() any { return &keyer{mac: hmac.New(sha256.New, secret)} }}
}

// key returns the key of an event, the same that [eventlog.Key] returns, but
// without decoding the object.
func (s *source) key(typ string, o *object) string {
	k := s.keyers.Get().(*keyer) // the pool holds nothing else
	k.text = o.canonical(k.text[:0])
	k.mac.Reset()
	k.mac.Write(k.text)
	k.sum = k.mac.Sum(k.sum[:0])
	key := typ + "/" + base64.RawURLEncoding.EncodeToString(k.sum[:keySumBytes])
	if cap(k.text) <= workBytesMax {
		s.keyers.Put(k)
	}
	return key
}

// sameKey compares secrets without telling how much of them agrees.
func sameKey(a, b []byte) bool { return hmac.Equal(a, b) }

// isEmpty reports whether the event says nothing: a tax number that the caller
// did not type.
func isEmpty(o *object, typ string) bool {
	name := ""
	switch typ {
	case call.TypeCPF:
		name = "cpf"
	case call.TypeCNPJ:
		name = "cnpj"
	default:
		return false
	}
	text, isScalar := o.text(name)
	return isScalar && strings.TrimSpace(text) == ""
}

// Times as phone systems write them. The vendor's have a zone; a time without
// one is in UTC.
var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"}

// timeMax is the first instant that no event may have. RFC 3339 cannot write
// the year 10000, so that an answer that had to tell of it would fail; the year
// before is left for the end of a call that is closed after its last event.
var timeMax = time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// timeOf reads the time of an event, in Unix ms; not ok if it cannot be one.
func timeOf(text string) (ms int64, ok bool) {
	if text == "" {
		return 0, false
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			ms = t.UnixMilli()
			return ms, ms > 0 && ms < timeMax
		}
	}
	return 0, false
}
