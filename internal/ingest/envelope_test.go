// SPDX-License-Identifier: Apache-2.0

package ingest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

const (
	chamada = `{"call_id":"c-1","code":"","type":"call.new","direction":"inbound","our_number":"08007770000","their_number":"11955550123","timestamp":"2026-01-01T00:00:00.000Z"}`
	noCPF   = `{"call_id":"c-1","type":"call.cpf-provided","cpf":"","timestamp":"2026-01-01T00:00:00.000Z"}`
	withCPF = `{"call_id":"c-1","type":"call.cpf-provided","cpf":"12345678909","timestamp":"2026-01-01T00:00:05.000Z"}`
	invalid = `{"message":"Parâmetro(s) do webhook inválido","errors":["`
)

func wrapped(chamada, dados, atendente string) string {
	return `{"chamada":` + chamada + `,"dados":` + dados + `,"atendente":` + atendente + `,"dialer":{}}`
}

// An envelope is answered 204 without a body. Its call event and what the
// caller typed are events of their own; the first keeps the whole request.
func TestEnvelopeStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		body := wrapped(chamada, withCPF, "{}")
		for range 2 { // the second changes nothing
			if got := o.ask(http.MethodPost, "/api/client/webhook/"+pabxKey, body); got.status != 204 || got.body != "" {
				t.Fatalf("answer %d %q", got.status, got.body)
			}
		}
		records := o.events()
		if len(records) != 2 {
			t.Fatalf("%d records, want 2", len(records))
		}
		stream := fmt.Sprintf("call/%d/c-1", o.pabx.ID)
		if r := records[0]; r.Type != "call.new" || r.Stream != stream || string(r.Data) != chamada || string(r.Raw) != body {
			t.Errorf("first %+v", r)
		}
		if r := records[1]; r.Type != "call.cpf-provided" || r.Stream != stream || string(r.Data) != withCPF || r.Raw != nil || r.At != records[0].At+5000 {
			t.Errorf("second %+v", r)
		}
	})
}

// What an envelope may hold, in odd forms, and what is no envelope.
func TestEnvelopeRequests(t *testing.T) {
	long := strings.Repeat("y", 1<<20)
	type test struct {
		body, contentType string
		status            int
		types             string // of the events, with commas
		data              string // of the last, if it matters
		answer            string
	}
	ended := strings.Replace(chamada, "call.new", "call.finished", 1)
	tests := map[string]test{
		"nothing typed":      {body: wrapped(strings.Replace(chamada, "c-1", "n-1", 1), noCPF, "{}"), status: 204, types: "call.new"},
		"flat":               {body: strings.Replace(chamada, "c-1", "f-1", 1), status: 204, types: "call.new"},
		"flat, nothing said": {body: noCPF, status: 204},
		"nothing said twice": {body: wrapped(noCPF, noCPF, "{}"), status: 204},
		"typed only":         {body: wrapped(noCPF, withCPF, "{}"), status: 204, types: "call.cpf-provided", data: withCPF},
		"cnpj": {
			body: wrapped(ended, `{"cnpj":"11222333000181"}`, "{}"), status: 204, types: "call.finished,call.cnpj-provided",
			data: `{"cnpj":"11222333000181","type":"call.cnpj-provided","call_id":"c-1","timestamp":"2026-01-01T00:00:00.000Z"}`,
		},
		"actor in its block": {
			body: wrapped(`{"type":"actor.entered","call_id":"c-2"}`, noCPF, `{"actor":"ana@demo.example","number":"200","type":"x"}`), status: 204,
			types: "actor.entered", data: `{"type":"actor.entered","call_id":"c-2","actor":"ana@demo.example","number":"200"}`,
		},
		"actor in both": {
			body: wrapped(`{"type":"actor.left","call_id":"c-2","actor":"bruno"}`, noCPF, `{"actor":"ana@demo.example"}`), status: 204,
			types: "actor.left", data: `{"type":"actor.left","call_id":"c-2","actor":"bruno"}`,
		},
		"no actor": {body: wrapped(`{"type":"actor.entered","call_id":"c-3"}`, noCPF, `{}`), status: 204, types: "actor.entered"},
		"form": {
			body: "chamada[type]=call.new&chamada[call_id]=c-4&dados[cpf]=&dados[type]=call.cpf-provided", contentType: "application/x-www-form-urlencoded",
			status: 204, types: "call.new", data: `{"call_id":"c-4","type":"call.new"}`,
		},

		"both missing":     {body: `{}`, status: 400, answer: invalid + `o campo chamada é obrigatório!","o campo dados é obrigatório!"]}`},
		"both empty":       {body: wrapped("{}", "{ }", "{}"), status: 400, answer: invalid + `o campo chamada é obrigatório!","o campo dados é obrigatório!"]}`},
		"no dados":         {body: `{"chamada":` + chamada + `}`, status: 400, answer: invalid + `o campo dados é obrigatório!"]}`},
		"null chamada":     {body: wrapped("null", noCPF, "{}"), status: 400, answer: invalid + `o campo chamada é obrigatório!"]}`},
		"chamada a list":   {body: wrapped("[1]", noCPF, "{}"), status: 400, answer: invalid + `o campo chamada é obrigatório!"]}`},
		"unknown type":     {body: wrapped(`{"type":"call","call_id":"c"}`, noCPF, "{}"), status: 400, answer: invalid + `Evento não esperado."]}`},
		"flat, unknown":    {body: `{"type":"user.x"}`, status: 400, answer: invalid + `Evento não esperado."]}`},
		"no call_id":       {body: wrapped(`{"type":"call.new"}`, noCPF, "{}"), status: 400, answer: invalid + `o campo call_id é obrigatório!"]}`},
		"bad call_id":      {body: wrapped(`{"type":"call.new","call_id":true}`, noCPF, "{}"), status: 400, answer: invalid + `o campo call_id é inválido!"]}`},
		"typed, no call":   {body: wrapped(`{"type":"actor.paused","actor":"a"}`, `{"cpf":"1"}`, "{}"), status: 400, answer: invalid + `o campo call_id é obrigatório!"]}`},
		"not JSON":         {body: `{"chamada":`, status: 400, answer: invalid + `o corpo não é um objeto JSON válido"]}`},
		"list":             {body: `[]`, status: 400, answer: invalid + `o corpo não é um objeto JSON válido"]}`},
		"too large":        {body: wrapped(chamada, `{"cpf":"`+long+`"}`, "{}"), status: 413, answer: invalid + `o corpo é grande demais"]}`},
		"broken in a part": {body: wrapped(`{"type":"call.new","call_id":"c",}`, noCPF, "{}"), status: 400, answer: invalid + `o corpo não é um objeto JSON válido"]}`},
	}
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		o := open(t, database)
		for name, tt := range tests {
			contentType := "application/json"
			if tt.contentType != "" {
				contentType = tt.contentType
			}
			before, kept := len(o.events()), len(o.inbox())
			got := o.ask(http.MethodPost, "/api/client/webhook/"+pabxKey, tt.body, "Content-Type: "+contentType)
			if got.status != tt.status || strings.TrimSpace(got.body) != tt.answer {
				t.Errorf("%s: answer %d %q, want %d %q", name, got.status, got.body, tt.status, tt.answer)
				continue
			}
			records := o.events()[before:]
			var types []string
			for _, r := range records {
				types = append(types, r.Type)
			}
			if got := strings.Join(types, ","); got != tt.types {
				t.Errorf("%s: events %s, want %s", name, got, tt.types)
				continue
			}
			if last := len(records) - 1; tt.data != "" && string(records[last].Data) != tt.data {
				t.Errorf("%s: data %s, want %s", name, records[last].Data, tt.data)
			}
			items := o.inbox()
			if tt.status != 204 {
				kept++
				if !slices.Contains([]int{400, 413}, items[0].Status) || items[0].Status != tt.status {
					t.Errorf("%s: kept %+v", name, items[0])
				}
			}
			if len(items) != kept {
				t.Errorf("%s: inbox holds %d, want %d", name, len(items), kept)
			}
		}
	})
}
