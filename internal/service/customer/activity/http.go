// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/search"
)

// routes is the table of contents of this module's API.
func (s *Activities) routes(api *httpapi.API) []module.Route {
	const all, one = "/api/v1/activities", "/api/v1/activities/{id}"
	const read, write = identity.ActivityRead, identity.ActivityWrite
	const missed = "/api/v1/missed-calls"
	return append(own(
		httpapi.Get(api, all, read, "List activities, newest first", s.listActivities),
		httpapi.Create(api, all, write, "Add an activity", s.createActivity),
		httpapi.Get(api, one, read, "Get an activity", s.getActivity),
		httpapi.Put(api, one, write, "Replace an activity", s.putActivity),
		httpapi.Patch(api, one, write, "Change parts of an activity", s.patchActivity),
		httpapi.Delete(api, one, write, "Delete an activity", s.deleteActivity),
		httpapi.Post(api, one+"/restore", write, "Bring a deleted activity back", s.restoreActivity),
		httpapi.Post(api, one+"/snooze", write, "Have a reminder fall due later", s.snoozeReminder),
		httpapi.Get(api, "/api/v1/contacts/{id}/timeline", read, "List everything with a contact, newest first", s.listTimeline),
		httpapi.Get(api, "/api/v1/reminders", read, "List one's own reminders", s.listReminders),
		httpapi.Post(api, missed+"/{id}/claim", write, "Take care of a missed call", s.claimMissed),
		httpapi.Post(api, missed+"/{id}/release", write, "Leave a missed call to others", s.releaseMissed),
	), httpapi.Get(api, missed, identity.CallRead, "List numbers that called and were not answered", s.listMissed))
}

// own marks routes whose handlers keep to the caller's own activities where
// the caller has no more than those.
func own(routes ...module.Route) []module.Route {
	for i := range routes {
		routes[i].Own = true
	}
	return routes
}

type activityListInput struct {
	httpapi.Page

	IDContact     string `query:"idContact" maxLength:"100" doc:"_id of a contact"`
	Creator       string `query:"creator" maxLength:"100" doc:"_id of an agent"`
	Type          string `query:"type" enum:"note,calllog,reminder,sms"`
	Status        string `query:"status" enum:"success,missed,rejected,busy,connected,checked,unchecked,pending,sent,failed"`
	RemindedAgent string `query:"remindedAgent" maxLength:"100" doc:"_id of an agent"`
	Origin        string `query:"origin" enum:"log,api"`
	From          string `query:"from" maxLength:"40" doc:"Only what is at this time or later: Unix milliseconds or RFC 3339"`
	To            string `query:"to" maxLength:"40" doc:"Only what is before this time"`
	Search        string `query:"search" maxLength:"200" doc:"Words of the text, or a number; case and accents do not matter"`
	Deleted       bool   `query:"deleted" doc:"true: deleted ones, too"`
}

type activityListOutput struct {
	Body httpapi.List[ActivityOutput]
}

func (s *Activities) listActivities(ctx context.Context, in *activityListInput) (*activityListOutput, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	who, _ := identity.From(ctx)
	f := filter{
		contact: in.IDContact, creator: in.Creator, kind: in.Type, status: in.Status, reminded: in.RemindedAgent, origin: in.Origin,
		of: ownOnly(who), patterns: search.Patterns(in.Search), deleted: in.Deleted,
	}
	if f.from, err = parseTime("from", in.From); err != nil {
		return nil, err
	}
	if f.to, err = parseTime("to", in.To); err != nil {
		return nil, err
	}
	for name, id := range map[string]string{"idContact": in.IDContact, "creator": in.Creator, "remindedAgent": in.RemindedAgent} {
		if strings.ContainsRune(id, 0) || strings.ToValidUTF8(id, "") != id {
			return nil, problem.NewFields("request.invalid", "There is nobody with such an id.", problem.Field{Name: "query." + name, Detail: "must be an id"})
		}
	}
	return s.page(ctx, t, f, in.Page)
}

// page returns a page of the activities that f chooses.
func (s *Activities) page(ctx context.Context, t identity.Tenant, f filter, page httpapi.Page) (*activityListOutput, error) {
	after, err := parsePlace(page.After)
	if err != nil {
		return nil, err
	}
	list, err := s.store.list(ctx, t.ID, f, after, page.Limit+1)
	if err != nil {
		return nil, err
	}
	cut := httpapi.Cut(list, page.Limit, func(a Activity) string { return place{a.At, a.ID}.cursor() })
	out := &activityListOutput{Body: httpapi.List[ActivityOutput]{Items: make([]ActivityOutput, len(cut.Items)), Next: cut.Next}}
	for i := range cut.Items {
		out.Body.Items[i] = onWire(cut.Items[i])
	}
	return out, nil
}

type timelineInput struct {
	httpapi.Page

	ID   string   `path:"id" maxLength:"100" doc:"_id of the contact"`
	Type []string `query:"type" maxItems:"4" enum:"note,calllog,reminder,sms" doc:"Only these types, with commas"`
}

// listTimeline answers with calls, notes, reminders and messages in one list.
func (s *Activities) listTimeline(ctx context.Context, in *timelineInput) (*activityListOutput, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.store.findContacts(ctx, s.store.db, t.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if _, ok := found[in.ID]; !ok {
		return nil, problem.New(problem.NotFound, "contact.not_found", "There is no such contact.")
	}
	who, _ := identity.From(ctx)
	return s.page(ctx, t, filter{contact: in.ID, kinds: in.Type, of: ownOnly(who)}, in.Page)
}

type (
	activityInput   struct{ Body activityWhole }
	activityAnswer  struct{ Body ActivityOutput }
	activityNothing struct{}
	ActivityPath    struct {
		ID string `path:"id" maxLength:"100"`
	}
	activityPutInput struct {
		ActivityPath

		Body activityWhole
	}
	activityPatchInput struct {
		ActivityPath

		Body activityPatch
	}
)

func (s *Activities) createActivity(ctx context.Context, in *activityInput) (*activityAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkBody(in.Body.Type, &in.Body.Body); err != nil {
		return nil, err
	}
	a, err := s.Create(ctx, t, in.Body.words())
	return &activityAnswer{onWire(a)}, err
}

func (s *Activities) getActivity(ctx context.Context, in *ActivityPath) (*activityAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.store.find(ctx, s.store.db, t.ID, in.ID, false)
	if err == nil && !mayHandle(ctx, identity.ActivityRead, a) {
		err = errMissing
	}
	return &activityAnswer{onWire(a)}, err
}

func (s *Activities) putActivity(ctx context.Context, in *activityPutInput) (*activityAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.changeable(ctx, t, in.ID); err != nil {
		return nil, err
	}
	if err := checkBody(in.Body.Type, &in.Body.Body); err != nil {
		return nil, err
	}
	a, err := s.Change(ctx, t, in.ID, in.Body.replace)
	return &activityAnswer{onWire(a)}, err
}

func (s *Activities) patchActivity(ctx context.Context, in *activityPatchInput) (*activityAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.changeable(ctx, t, in.ID)
	if err != nil {
		return nil, err
	}
	if err := checkBody(before.Type, &in.Body.Body); err != nil {
		return nil, err
	}
	a, err := s.Change(ctx, t, in.ID, in.Body.change)
	return &activityAnswer{onWire(a)}, err
}

func (s *Activities) deleteActivity(ctx context.Context, in *ActivityPath) (*activityNothing, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.Delete(ctx, t, in.ID)
}

func (s *Activities) restoreActivity(ctx context.Context, in *ActivityPath) (*activityAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.Restore(ctx, t, in.ID)
	return &activityAnswer{onWire(a)}, err
}

// place is where a page ends.
type place struct {
	at int64
	id string
}

func (p place) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.at, 10) + "/" + p.id))
}

func parsePlace(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		number, id, _ := strings.Cut(string(text), "/")
		if at, err := strconv.ParseInt(number, 10, 64); err == nil && isID(id) {
			return place{at, id}, nil
		}
	}
	return place{}, problem.NewFields("request.invalid", "The page does not exist.",
		problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
}

// parseTime reads a time of a query: Unix milliseconds, as these records have
// them, or RFC 3339, as the rest of the API does.
func parseTime(name, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ms, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, problem.NewFields("request.invalid", "The time cannot be read.",
			problem.Field{Name: "query." + name, Detail: "must be Unix milliseconds or RFC 3339"})
	}
	return t.UnixMilli(), nil
}
