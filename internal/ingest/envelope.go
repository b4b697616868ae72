// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"tandem/internal/call"
	"tandem/internal/eventlog"
)

// envelope is the dialect that wraps an event of a call (chamada) together
// with what the caller typed (dados), the agent (atendente) and the dialer. The
// last two are usually empty.
type envelope struct{}

func (envelope) path() string { return "/api/client/webhook" }
func (envelope) name() string { return CallWaiting }

// parse reads an envelope, or a flat event. What the caller typed becomes an
// event of its own, stored together with the other or not at all.
func (e envelope) parse(w *work, s *source, m message) ([]eventlog.Event, *refusal) {
	events, no := e.parseEither(w, s, m)
	if no != nil && no.kind == refusedType {
		no.status = http.StatusBadRequest // this dialect has one status for what it cannot use
	}
	return events, no
}

func (e envelope) parseEither(w *work, s *source, m message) ([]eventlog.Event, *refusal) {
	text, _, no := m.text()
	if no != nil {
		return nil, no
	}
	if err := w.object.read(text); err != nil {
		return nil, badBody("the body is not one JSON object")
	}
	chamada, dados := w.object.find("chamada"), w.object.find("dados")
	if chamada == nil && dados == nil && w.object.find("type") != nil {
		return flat{}.parse(w, s, m)
	}
	var missing []string
	if isBlank(chamada) {
		missing = append(missing, "chamada")
	}
	if isBlank(dados) {
		missing = append(missing, "dados")
	}
	if len(missing) > 0 {
		field := strings.Join(missing, ", ")
		return nil, &refusal{status: http.StatusBadRequest, kind: refusedEnvelope, field: field, reason: "missing or empty: " + field}
	}
	return e.events(w, s, m, chamada, dados)
}

// events are those of an envelope that has its parts.
func (envelope) events(w *work, s *source, m message, chamada, dados []byte) ([]eventlog.Event, *refusal) {
	if err := w.part.read(chamada); err != nil {
		return nil, badBody("chamada is not a JSON object")
	}
	if whole := merged(chamada, &w.part, &w.object); len(whole) != len(chamada) {
		chamada = whole
		if err := w.part.read(chamada); err != nil {
			return nil, badBody("chamada is not a JSON object")
		}
	}
	e, no := s.event(&w.part, chamada, m.received)
	if no != nil {
		return nil, no
	}
	var events []eventlog.Event
	if !isEmpty(&w.part, e.Type) {
		events = append(events, e)
	}
	typed, no := s.typed(w, dados, m.received)
	if no != nil {
		return nil, no
	}
	events = append(events, typed...)
	if len(events) > 0 {
		events[0].Raw = m.body // an envelope holds more than any of its events
	}
	return events, nil
}

// isBlank reports whether a part of an envelope is missing or empty. What is no
// object counts as missing.
func isBlank(text []byte) bool {
	return len(text) == 0 || text[0] != '{' || strings.TrimSpace(string(text[1:len(text)-1])) == ""
}

// merged returns chamada together with what the agent's or the dialer's block
// says and it does not: actor events travel in chamada without their actor.
func merged(chamada []byte, inner, outer *object) []byte {
	block := ""
	switch call.Family(inner.str("type")) {
	case "actor":
		block = "atendente"
	case "dialer":
		block = "dialer"
	}
	var extra object
	if block == "" || isBlank(outer.find(block)) || extra.read(outer.find(block)) != nil {
		return chamada
	}
	out := bytes.Clone(chamada[:len(chamada)-1])
	for _, m := range extra.members {
		name := string(m.name)
		if known, ok := inner.text(name); name == "type" || name == "timestamp" || !ok || known != "" {
			continue
		}
		out = appendMember(out, name, m.value)
	}
	return append(out, '}')
}

// typed returns the event that dados makes: none while the caller has typed
// nothing. What dados does not say of the call it takes from chamada, which
// w.part holds.
func (s *source) typed(w *work, dados []byte, received int64) ([]eventlog.Event, *refusal) {
	var o object
	if err := o.read(dados); err != nil {
		return nil, badBody("dados is not a JSON object")
	}
	typ := o.str("type")
	switch {
	case hasText(&o, "cpf") && typ != call.TypeCNPJ, hasText(&o, "cpf") && !hasText(&o, "cnpj"):
		typ = call.TypeCPF
	case hasText(&o, "cnpj"):
		typ = call.TypeCNPJ
	case typ == call.TypeData && (hasText(&o, "data") || hasText(&o, "nps")):
	default:
		return nil, nil
	}
	out := bytes.Clone(dados[:len(dados)-1])
	whole := true
	if o.str("type") != typ {
		out, whole = appendMember(out, "type", appendQuoted(nil, typ)), false
	}
	for _, name := range []string{"call_id", "timestamp"} {
		if given := w.part.find(name); given != nil && !hasText(&o, name) {
			out, whole = appendMember(out, name, given), false
		}
	}
	data := dados
	if !whole {
		out = append(out, '}')
		data = out
		if err := o.read(data); err != nil {
			return nil, badBody("dados is not a JSON object")
		}
	}
	e, no := s.event(&o, data, received)
	if no != nil {
		return nil, no
	}
	return []eventlog.Event{e}, nil
}

// appendMember adds a member to an object that lacks its last brace and has at
// least one member. Of two with one name the last counts.
func appendMember(out []byte, name string, value []byte) []byte {
	out = append(out, ',')
	out = appendQuoted(out, name)
	out = append(out, ':')
	return append(out, value...)
}

func hasText(o *object, name string) bool {
	text, ok := o.text(name)
	return ok && strings.TrimSpace(text) != ""
}

func (envelope) accept(rw http.ResponseWriter, _ *work, _ []eventlog.Outcome) {
	rw.WriteHeader(http.StatusNoContent)
}

// envelopeRefusal is the original's answer to what it does not take.
type envelopeRefusal struct {
	Message string   `json:"message"`
	Errors  []string `json:"errors"`
}

func (envelope) refuse(rw http.ResponseWriter, no *refusal) {
	answer := envelopeRefusal{Message: "Parâmetro(s) do webhook inválido"}
	switch no.kind {
	case refusedEnvelope:
		for name := range strings.SplitSeq(no.field, ", ") {
			answer.Errors = append(answer.Errors, "o campo "+name+" é obrigatório!")
		}
	case refusedField:
		answer.Errors = []string{"o campo " + no.field + " é obrigatório!"}
		if !strings.HasSuffix(no.reason, " is required") {
			answer.Errors[0] = "o campo " + no.field + " é inválido!"
		}
	case refusedType:
		answer.Errors = []string{"Evento não esperado."}
	case refusedConnector:
		answer.Errors = []string{"conector desconhecido"}
	case refusedSize:
		answer.Errors = []string{"o corpo é grande demais"}
	default:
		answer = refusalOf(no.status, answer)
	}
	rw.Header()["Content-Type"] = jsonType
	rw.WriteHeader(no.status)
	_ = json.NewEncoder(rw).Encode(answer) // a sender that has gone needs no answer
}

func refusalOf(status int, answer envelopeRefusal) envelopeRefusal {
	switch status {
	case http.StatusUnauthorized:
		return envelopeRefusal{Message: "Não autorizado", Errors: []string{"credencial desconhecida"}}
	case http.StatusForbidden:
		return envelopeRefusal{Message: "Acesso negado", Errors: []string{"tenant.suspended: esta central está suspensa"}}
	case http.StatusTooManyRequests:
		return envelopeRefusal{Message: "Houve um erro", Errors: []string{"requisições demais; tente novamente"}}
	case http.StatusServiceUnavailable:
		return envelopeRefusal{Message: "Houve um erro", Errors: []string{"serviço indisponível; tente novamente"}}
	}
	answer.Errors = []string{"o corpo não é um objeto JSON válido"}
	return answer
}
