// SPDX-License-Identifier: Apache-2.0

package call

import (
	"encoding/json"
	"strconv"
	"testing"
)

const waitingJSON = `{"type":"call.waiting","call_id":"1767225600.1001","code":"A-77","direction":"inbound","our_number":"08007770000","their_number":"11955550123","queue":"900","timestamp":"2026-01-01T00:00:04Z"}`

func wholeLife() []Event {
	return life("call.new code=A-77 direction=inbound our_number=08007770000 their_number=11955550123 their_number_type=mobile",
		"call.standby", "call.waiting queue=900", "actor.ringing actor=ana@demo.example number=200 queue=900",
		"actor.entered actor=ana@demo.example number=200 queue=900", "call.ongoing",
		"actor.left actor=ana@demo.example number=200 queue=900", "call.finished")
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode("call.waiting", "k", 1, []byte(waitingJSON)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkApply folds whole lives; divide by the eight events.
func BenchmarkApply(b *testing.B) {
	events := wholeLife()
	b.ReportAllocs()
	for b.Loop() {
		var c Call
		for _, e := range events {
			c.Apply(e)
		}
	}
}

// BenchmarkApplyStorm applies to a call whose lists are full.
func BenchmarkApplyStorm(b *testing.B) {
	c := Fold(storm(20_000))
	e := Event{Type: TypeRinging, Key: "k", At: c.LastAt}
	names := make([]string, 100)
	for i := range names {
		names[i] = "agent" + strconv.Itoa(i)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		e.At++
		e.Actor = names[i%len(names)]
		c.Apply(e)
	}
}

func BenchmarkFold(b *testing.B) {
	events := wholeLife()
	b.ReportAllocs()
	for b.Loop() {
		Fold(events)
	}
}

func BenchmarkMarshal(b *testing.B) {
	c := Fold(wholeLife())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(&c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	c := Fold(wholeLife())
	var text []byte
	b.ReportAllocs()
	for b.Loop() {
		text = c.AppendJSON(text[:0])
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	data, _ := json.Marshal(Fold(wholeLife()))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var c Call
		if err := json.Unmarshal(data, &c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUnmarshalDirect reads a state as the live projection does, without
// encoding/json's own passes over the text.
func BenchmarkUnmarshalDirect(b *testing.B) {
	data, _ := json.Marshal(Fold(wholeLife()))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var c Call
		if err := c.UnmarshalJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}
