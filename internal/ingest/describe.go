// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/httpapi"
)

// describe adds the webhooks, which have plain handlers, to the description of
// the API.
func describe(api *httpapi.API) {
	sample := map[string]any{
		"type": "call.new", "call_id": "1767225600.1001", "code": "A-77", "direction": "inbound",
		"our_number": "08007770000", "their_number": "11955550123", "timestamp": "2026-01-01T00:00:00Z",
	}
	stored := map[string]any{
		"success": true, "code": 200, "message": "",
		"data": map[string]any{
			"id": 1, "aggregate_id": "1767225600.1001", "uuid": "00000000-0000-8000-8000-000000000000", "event": sample,
		},
	}
	flatAnswers := map[string]*huma.Response{
		"200": jsonAnswer("The stored event: this one, or the first that said the same. data is null when the event says nothing.", stored),
		"422": jsonAnswer("The type is missing or none of a phone system's. Kept in the inbox.",
			flatRefusal{Code: 422, Errors: []string{"no suitable eventHandler for this event"}}),
	}
	wrapped := map[string]any{
		"chamada": sample, "atendente": map[string]any{}, "dialer": map[string]any{},
		"dados": map[string]any{"call_id": "1767225600.1001", "type": "call.cpf-provided", "cpf": "", "timestamp": "2026-01-01T00:00:00Z"},
	}
	envelopeAnswers := map[string]*huma.Response{"204": {Description: "Stored, stored before, or nothing to store."}}
	for _, one := range []struct {
		dialect dialect
		summary string
		example any
		refusal any
		answers map[string]*huma.Response
	}{
		{flat{}, "Take an event of a phone system", sample, flatRefusal{Code: 400, Errors: []string{"Invalid Call Event", "call_id is required"}}, flatAnswers},
		{
			envelope{},
			"Take an event of a phone system in its envelope, or without", wrapped,
			envelopeRefusal{"Parâmetro(s) do webhook inválido", []string{"o campo chamada é obrigatório!"}},
			envelopeAnswers,
		},
	} {
		one.answers["400"] = jsonAnswer("Cannot be read, or lacks a member it needs. Kept in the inbox.", one.refusal)
		one.answers["401"] = jsonAnswer("Unknown credential. Nothing is kept.", nil)
		one.answers["413"] = jsonAnswer("Larger than 1 MiB. Its beginning is kept in the inbox.", nil)
		one.answers["503"] = jsonAnswer("Nothing was stored; send it again.", nil)
		body := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Example: one.example}, "application/x-www-form-urlencoded": {},
		}}
		for _, path := range []string{one.dialect.path(), one.dialect.path() + "/{key}"} {
			api.Describe(operation(path, one.summary, body, one.answers))
		}
	}
}

func operation(path, summary string, body *huma.RequestBody, answers map[string]*huma.Response) *huma.Operation {
	o := &huma.Operation{
		Method: http.MethodPost, Path: path, Summary: summary, Tags: []string{"webhooks"},
		Description: "Durable when it answers 2xx. Needs the key in the path, HTTP Basic with <connector>@<tenant> and the key, or an API key.",
		RequestBody: body, Responses: answers,
		Security: []map[string][]string{{"basic": {}}, {"apiKey": {}}},
		Parameters: []*huma.Param{{
			Name: "connector", In: "query", Description: "With an API key: the connector's name, if not the first of the dialect.",
			Schema: &huma.Schema{Type: huma.TypeString},
		}},
	}
	if path[len(path)-1] == '}' {
		o.Security = nil
		o.Parameters = []*huma.Param{{
			Name: "key", In: "path", Required: true, Description: "The connector's key.", Schema: &huma.Schema{Type: huma.TypeString},
		}}
	}
	return o
}

func jsonAnswer(description string, example any) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Example: example}}}
}
