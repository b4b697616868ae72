// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"tandem/internal/problem"
	"tandem/internal/service/thirdparty/formula"
)

// What a delivery does.
const (
	actionHTTP  = "http"  // one request with a body
	actionCRM   = "crm"   // looks for the contact, creates it, adds the call
	actionPopup = "popup" // opens a page at the agent
)

// How a request shows where it comes from.
const (
	authNone       = "none"
	authSignature  = "signature"  // Standard Webhooks
	authIntegrator = "integrator" // as the endpoint's integrator says
)

// Template says which events an integration gets, and in which form. Times are
// Unix milliseconds.
type Template struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Events      []string        `json:"events"`
	Filter      string          `json:"filter"`
	Method      string          `json:"method"`
	Mapping     string          `json:"mapping"`
	Auth        string          `json:"auth"`
	Schema      json.RawMessage `json:"settings_schema"` // JSON Schema of the settings
	CreatedAt   int64           `json:"created_at"`
	UpdatedAt   int64           `json:"updated_at"`
	Deleted     bool            `json:"deleted"`

	builtIn bool
	action  string // "" for actionHTTP
}

const (
	nameMax        = 200
	descriptionMax = 2000
	eventsMax      = 50
)

// eventForm is a type of event, a family of them, or all.
var eventForm = regexp.MustCompile(`^(\*|[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*(\.\*)?)$`)

// faults gathers what is wrong with an input.
type faults []problem.Field

func (f *faults) add(name, format string, args ...any) {
	*f = append(*f, problem.Field{Name: "body." + name, Detail: fmt.Sprintf(format, args...)})
}

func (f *faults) text(name, text string, least, most int) {
	switch {
	case len(text) > most:
		f.add(name, "must have at most %d characters", most)
	case len(strings.TrimSpace(text)) < least:
		f.add(name, "must not be empty")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		f.add(name, "must not have control characters")
	}
}

func (f *faults) events(events []string, least int) {
	if len(events) < least || len(events) > eventsMax {
		f.add("events", "must name %d to %d types", least, eventsMax)
	}
	for i, event := range events {
		if len(event) > 100 || !eventForm.MatchString(event) {
			f.add(fmt.Sprintf("events[%d]", i), "must be a type such as call.finished, a family such as call.*, or *")
		}
	}
}

func (f *faults) condition(name, text string) {
	if _, err := formula.Condition(text); err != nil {
		f.add(name, "%s", err.Error())
	}
}

// check returns the problems of a custom template.
func (t *Template) check() error {
	var f faults
	f.text("name", t.Name, 1, nameMax)
	f.text("description", t.Description, 0, descriptionMax)
	f.events(t.Events, 1)
	f.condition("filter", t.Filter)
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, t.Method) {
		f.add("method", "must be POST, PUT or PATCH")
	}
	if t.Mapping != "" {
		if _, err := formula.Value(t.Mapping); err != nil {
			f.add("mapping", "%s", err.Error())
		}
	}
	if !slices.Contains([]string{authNone, authSignature, authIntegrator}, t.Auth) {
		f.add("auth", "must be none, signature or integrator")
	}
	if _, err := compileSchema(t.Schema); err != nil {
		f.add("settingsSchema", "%s", err.Error())
	}
	if len(f) > 0 {
		return problem.NewFields("integration_template.invalid", "The template cannot be so.", f...)
	}
	return nil
}

// builtIn returns a template of ours, which has a name in place of an id.
func builtIn(id string) (Template, bool) {
	at := slices.IndexFunc(builtIns, func(t Template) bool { return t.ID == id })
	if at < 0 {
		return Template{}, false
	}
	return builtIns[at], true
}

// builtIns are the templates that come with Tandem.
var builtIns = []Template{
	{
		ID: "webhook", Name: "Signed webhook", Auth: authSignature, Method: http.MethodPost, Events: []string{"call.*", "actor.*", "contact.*"},
		Description: "Posts each event as JSON (CloudEvents 1.0), signed as Standard Webhooks say, so that any language has a library that checks it.",
		Schema:      json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,"properties":{}}`),
		builtIn:     true,
	},
	{
		ID: "slack", Name: "Chat message", Auth: authNone, Method: http.MethodPost, Events: []string{"call.finished"},
		Description: "Writes a line into a channel of Slack, Mattermost, Rocket.Chat or whatever takes their incoming webhooks.",
		Filter:      `call.direction == "inbound"`,
		Mapping:     `{"text": fillEscaped(settings.text)}`,
		Schema: json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,"required":["text"],"properties":{
			"text":{"type":"string","minLength":1,"maxLength":2000,"title":"Message","description":"Placeholders in braces are filled from the call, such as {call.theirNational}, {call.caller.name}, {call.outcome}, {call.agent.name}.",
				"default":"Call from {call.theirNational} {call.caller.name}: {call.outcome}"}}}`),
		builtIn: true,
	},
	{
		ID: "crm", Name: "REST CRM", Auth: authIntegrator, Method: http.MethodPost, Events: []string{"call.finished"}, action: actionCRM,
		Description: "Looks for the caller in a CRM, creates the contact when there is none, and adds the call to it.",
		Filter:      `not call.withheld`,
		Schema:      json.RawMessage(crmSchema), builtIn: true,
	},
	{
		ID: "popup", Name: "Pop-up at the agent", Auth: authNone, Method: http.MethodPost, Events: []string{"actor.ringing"}, action: actionPopup,
		Description: "Opens a page of yours in the browser of the agent whose phone rings, as VCC does, with the number in its address.",
		Schema: json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,"properties":{
			"path":{"type":"string","maxLength":1000,"title":"Path","description":"What follows the address. Placeholders are filled from the call.",
				"default":"?phone={call.theirNumber}&callid={call.callId}&agent={call.agent.login}"},
			"window":{"type":"string","enum":["page","tab"],"title":"Where","description":"page offers it in the console; tab asks to open it in a tab of its own.","default":"page"}}}`),
		builtIn: true,
	},
}

const crmSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,"required":["searchPath","logPath"],"properties":{
	"searchPath":{"type":"string","minLength":1,"maxLength":1000,"title":"Search","description":"GET, below the address. Placeholders are filled from the call.","default":"/contacts?phone={call.theirNumber}"},
	"idPath":{"type":"string","minLength":1,"maxLength":200,"title":"Where the id is","description":"In the answers: names and places with dots between, such as items.0.id. The first that is there counts; separate several with commas.","default":"items.0.id, 0.id, id"},
	"create":{"type":"boolean","title":"Create contacts","description":"When nobody is found.","default":true},
	"createPath":{"type":"string","maxLength":1000,"title":"Create","description":"POST, below the address.","default":"/contacts"},
	"createBody":{"type":"object","title":"Contact","description":"The body of the request, with placeholders in its texts.","default":{"phone":"{call.theirNumber}","name":"{call.caller.name}"}},
	"logPath":{"type":"string","minLength":1,"maxLength":1000,"title":"Add call","description":"POST, below the address; {contact.id} is the contact's id.","default":"/contacts/{contact.id}/calls"},
	"logBody":{"type":"object","title":"Call","description":"The body of the request, with placeholders in its texts.",
		"default":{"callId":"{call.callId}","direction":"{call.direction}","outcome":"{call.outcome}","from":"{call.theirNumber}","to":"{call.ourNumber}","agent":"{call.agent.login}","answered":"{call.times.answered}","ended":"{call.times.ended}"}}}}`
