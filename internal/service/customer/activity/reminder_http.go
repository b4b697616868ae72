// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

type reminderSnoozeInput struct {
	ActivityPath

	Body struct {
		Until int64 `json:"until" doc:"When it falls due again, Unix milliseconds"`
	}
}

func (s *Activities) snoozeReminder(ctx context.Context, in *reminderSnoozeInput) (*activityAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.Snooze(ctx, t, in.ID, in.Body.Until)
	return &activityAnswer{onWire(a)}, err
}

type reminderListInput struct {
	httpapi.Page

	State string `query:"state" enum:"open,due,upcoming,checked" default:"open" doc:"due: unchecked, and its time has come; upcoming: unchecked, and it has not; open: both"`
}

// reminderOutput is a reminder with what an agent wants to see of it.
type reminderOutput struct {
	ActivityOutput

	Due     bool             `json:"due" doc:"Unchecked, and its time has come"`
	Contact *activityContact `json:"contact" doc:"Null when the contact was deleted"`
}

// activityContact is the contact that something is about.
type activityContact struct {
	ID   string `json:"_id"`
	Name string `json:"name" doc:"Empty if it is known by its number only"`
}

type reminderListOutput struct {
	Body struct {
		httpapi.List[reminderOutput]

		Now int64 `json:"now" doc:"The clock that says what is due, Unix milliseconds"`
	}
}

func (s *Activities) listReminders(ctx context.Context, in *reminderListInput) (*reminderListOutput, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	after, err := parsePlace(in.After)
	if err != nil {
		return nil, err
	}
	who, _ := identity.From(ctx)
	now, status, from, to := s.now(), Unchecked, int64(0), int64(0)
	switch in.State {
	case "due":
		to = now + 1
	case "upcoming":
		from = now + 1
	case Checked:
		status = Checked
	}
	list, err := s.store.reminders(ctx, t.ID, who.ID, status, from, to, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	cut := httpapi.Cut(list, in.Limit, func(a Activity) string { return place{a.Body.DueAt, a.ID}.cursor() })
	ids := make([]string, len(cut.Items))
	for i := range cut.Items {
		ids[i] = cut.Items[i].ContactID
	}
	contacts, err := s.store.findContacts(ctx, s.store.db, t.ID, ids...)
	if err != nil {
		return nil, err
	}
	out := &reminderListOutput{}
	out.Body.Now, out.Body.Next = now, cut.Next
	out.Body.Items = make([]reminderOutput, len(cut.Items))
	for i, a := range cut.Items {
		out.Body.Items[i] = reminderOutput{ActivityOutput: onWire(a), Due: a.Body.Status == Unchecked && a.Body.DueAt <= now}
		if c, ok := contacts[a.ContactID]; ok {
			out.Body.Items[i].Contact = &activityContact{c.ID, c.Name}
		}
	}
	return out, nil
}
