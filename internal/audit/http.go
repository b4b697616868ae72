// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
)

// routes is the table of contents of the trail's API.
func (t *Trail) routes(api *httpapi.API) []module.Route {
	export := httpapi.Get(api, "/api/v1/audit/export", identity.AuditRead, "Export what was done, the newest first, as CSV or NDJSON", t.export)
	export.Stream = true // takes as long as there are entries
	return []module.Route{
		httpapi.Get(api, "/api/v1/audit", identity.AuditRead, "List what was done, the newest first", t.list),
		export,
	}
}

// Choice is what entries are chosen by.
type Choice struct {
	Object string    `query:"object" maxLength:"300" doc:"Kind and id; or the kind alone with the stroke behind it" example:"agent/"`
	Actor  string    `query:"actor" maxLength:"300" doc:"Id or login of who did it, or name of the key"`
	Action string    `query:"action" maxLength:"100" doc:"An action; or all of a kind with the dot behind it" example:"session."`
	From   time.Time `query:"from" doc:"Only what was done at this time or later"`
	To     time.Time `query:"to" doc:"Only what was done before this time"`
}

// auditEntry is one thing that somebody did.
type auditEntry struct {
	ID        string          `json:"id"`
	At        time.Time       `json:"at"`
	Actor     auditActor      `json:"actor" doc:"Who did it; its members are empty for Tandem itself"`
	Address   string          `json:"address" doc:"Of the client"`
	RequestID string          `json:"requestId" doc:"As in the answer's X-Request-Id and in the access log"`
	Action    string          `json:"action" example:"agent.changed"`
	Object    string          `json:"object" example:"agent/0198f2b0-7c55-7e02-9d5c-7f6a8f0f3a11"`
	Before    json.RawMessage `json:"before" doc:"What it was; null for nothing"`
	After     json.RawMessage `json:"after" doc:"What it is since; null for nothing"`
}

type auditActor struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"Login, or name of the key, as it was then"`
	Role string `json:"role"`
}

func (c Choice) filter() filter {
	return filter{object: c.Object, actor: c.Actor, action: c.Action, from: milliseconds(c.From), to: milliseconds(c.To)}
}

// milliseconds returns 0 for no time.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(t.UnixMilli(), 1)
}

func onWire(e entry) auditEntry {
	return auditEntry{
		ID: e.id, At: httpapi.Instant(e.at), Actor: auditActor{e.actor, e.actorName, e.role}, Address: e.address,
		RequestID: e.requestID, Action: e.action, Object: e.object, Before: orNull(e.before), After: orNull(e.after),
	}
}

func orNull(text string) json.RawMessage {
	if !json.Valid([]byte(text)) { // nothing; one odd row must not hide the others
		return json.RawMessage("null")
	}
	return json.RawMessage(text)
}

type listInput struct {
	httpapi.Page
	Choice
}

type listOutput struct{ Body httpapi.List[auditEntry] }

func (t *Trail) list(ctx context.Context, in *listInput) (*listOutput, error) {
	if in.After != "" && uuid.Validate(in.After) != nil {
		return nil, problem.NewFields("request.invalid", "The page does not exist.",
			problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
	}
	f := in.filter()
	f.after, f.limit = in.After, in.Limit+1
	entries, err := t.store.list(ctx, reader(ctx), f)
	if err != nil {
		return nil, err
	}
	items := make([]auditEntry, len(entries))
	for i, e := range entries {
		items[i] = onWire(e)
	}
	return &listOutput{httpapi.Cut(items, in.Limit, func(e auditEntry) string { return e.ID })}, nil
}
