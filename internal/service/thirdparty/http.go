// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"encoding/json"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

// routes is the table of contents of this module's API.
func (t *ThirdParty) routes(api *httpapi.API) []module.Route {
	const (
		read, write = identity.IntegrationRead, identity.IntegrationWrite
		templates   = "/api/v1/integration-templates"
		endpoints   = "/api/v1/integration-endpoints"
		integrators = "/api/v1/integrators"
		one         = "/{id}"
		delivery    = endpoints + one + "/deliveries/{delivery}"
	)
	return []module.Route{
		httpapi.Get(api, templates, read, "List templates, those that are built in first", t.listTemplates),
		httpapi.Create(api, templates, write, "Create a template", t.createTemplate),
		httpapi.Get(api, templates+one, read, "Get a template", t.getTemplate),
		httpapi.Put(api, templates+one, write, "Replace a template", t.putTemplate),
		httpapi.Delete(api, templates+one, write, "Delete a template that no endpoint uses", t.deleteTemplate),
		httpapi.Post(api, templates+one+"/restore", write, "Bring a deleted template back", t.restoreTemplate),

		httpapi.Get(api, integrators, read, "List integrators, newest first", t.listIntegrators),
		httpapi.Create(api, integrators, write, "Create an integrator", t.createIntegrator),
		httpapi.Get(api, integrators+one, read, "Get an integrator", t.getIntegrator),
		httpapi.Put(api, integrators+one, write, "Replace an integrator", t.putIntegrator),
		httpapi.Delete(api, integrators+one, write, "Delete an integrator that no endpoint uses", t.deleteIntegrator),
		httpapi.Post(api, integrators+one+"/restore", write, "Bring a deleted integrator back", t.restoreIntegrator),
		httpapi.Post(api, integrators+one+"/lookup", write, "Ask an integrator whose a number is", t.lookUp),

		httpapi.Get(api, endpoints, read, "List endpoints, newest first", t.listEndpoints),
		httpapi.Create(api, endpoints, write, "Create an endpoint", t.createEndpoint),
		httpapi.Get(api, endpoints+one, read, "Get an endpoint", t.getEndpoint),
		httpapi.Put(api, endpoints+one, write, "Replace an endpoint", t.putEndpoint),
		httpapi.Delete(api, endpoints+one, write, "Delete an endpoint", t.deleteEndpoint),
		httpapi.Post(api, endpoints+one+"/restore", write, "Bring a deleted endpoint back, disabled", t.restoreEndpoint),
		httpapi.Post(api, endpoints+one+"/enable", write, "Enable an endpoint, and deliver what it has missed", t.enableEndpoint),
		httpapi.Post(api, endpoints+one+"/rotate-secret", write, "Give an endpoint a new secret; the old one signs too for a day", t.rotateEndpoint),
		httpapi.Post(api, endpoints+one+"/test", write, "Send a sample and show the answer", t.testEndpoint),
		httpapi.Post(api, endpoints+one+"/replay", write, "Deliver the events of a time again", t.replayEndpoint),
		httpapi.Get(api, endpoints+one+"/deliveries", read, "List deliveries, those of the newest events first", t.listDeliveries),
		httpapi.Get(api, delivery, read, "Get a delivery with its requests and answers", t.getDelivery),
		httpapi.Post(api, delivery+"/resend", write, "Deliver an event again", t.resendDelivery),

		httpapi.Post(api, "/api/v1/agents/{id}/pop", write, "Open a page at an agent", t.popAgent),
	}
}

type (
	integrationID struct {
		ID string `path:"id" maxLength:"100" doc:"The record's _id"`
	}
	integrationNothing struct{}
	integrationList    struct {
		httpapi.Page
		Deleted bool `query:"deleted" doc:"Also those that were deleted"`
	}
)

// checkCursor refuses what cannot be the end of a page.
func checkCursor(after string) error {
	if after == "" || isID(after) {
		return nil
	}
	return problem.NewFields("request.invalid", "The page does not exist.", problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
}

type templateBody struct {
	Name        string   `json:"name" maxLength:"200"`
	Description string   `json:"description,omitempty" maxLength:"2000"`
	Events      []string `json:"events" maxItems:"50" doc:"Types of events; call.* is a family, * is all" example:"[\"call.finished\"]"`
	Filter      string   `json:"filter,omitempty" maxLength:"8000" doc:"A condition; empty for every event" example:"call.direction == \"inbound\""`
	Method      string   `json:"method,omitempty" enum:"POST,PUT,PATCH" default:"POST"`
	Mapping     string   `json:"mapping,omitempty" maxLength:"8000" doc:"An expression whose value is the body; empty for the event as CloudEvents has it" example:"{\"phone\": call.theirNumber}"`
	Auth        string   `json:"auth,omitempty" enum:"none,signature,integrator" default:"signature" doc:"signature is that of Standard Webhooks; integrator takes the credentials of the endpoint's integrator"`
	Schema      any      `json:"settingsSchema,omitempty" doc:"JSON Schema of the settings of its endpoints"`

	ID        string `json:"_id,omitempty" maxLength:"100" readOnly:"true"`
	BuiltIn   bool   `json:"builtIn,omitempty" readOnly:"true"`
	Action    string `json:"action,omitempty" readOnly:"true"`
	CreatedAt int64  `json:"createdAt,omitempty" readOnly:"true"`
	UpdatedAt int64  `json:"updatedAt,omitempty" readOnly:"true"`
	Deleted   bool   `json:"deleted,omitempty" readOnly:"true"`
}

type templateOutput struct {
	ID          string          `json:"_id" doc:"A name for those that are built in"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	BuiltIn     bool            `json:"builtIn" doc:"Comes with Tandem and cannot be changed"`
	Action      string          `json:"action" enum:"http,crm,popup" doc:"What a delivery does"`
	Events      []string        `json:"events"`
	Filter      string          `json:"filter"`
	Method      string          `json:"method"`
	Mapping     string          `json:"mapping"`
	Auth        string          `json:"auth" enum:"none,signature,integrator"`
	Schema      json.RawMessage `json:"settingsSchema"`
	CreatedAt   int64           `json:"createdAt" doc:"Unix milliseconds; 0 for those that are built in"`
	UpdatedAt   int64           `json:"updatedAt" doc:"Unix milliseconds"`
	Deleted     bool            `json:"deleted"`
}
