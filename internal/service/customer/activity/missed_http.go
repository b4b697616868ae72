// SPDX-License-Identifier: Apache-2.0

package activity

import (
	"context"
	"time"

	"tandem/internal/ask"
	"tandem/internal/bus"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/phone"
)

type missedListInput struct {
	httpapi.Page

	Open bool `query:"open" default:"true" doc:"false: those that were reached since"`
	Mine bool `query:"mine" doc:"true: only those that the caller takes care of"`
}

// missedOutput is a number that called and was not answered.
type missedOutput struct {
	ID        string           `json:"id"`
	Number    string           `json:"number" doc:"As the phone system sent it"`
	National  string           `json:"national" doc:"As people here write it"`
	MatchKey  string           `json:"matchKey" doc:"What all writings of the number have in common"`
	Count     int64            `json:"count" doc:"Calls missed since the number was last reached; of its newest 200 calls"`
	FirstAt   time.Time        `json:"firstAt"`
	NewestAt  time.Time        `json:"newestAt"`
	Call      activityCall     `json:"call" doc:"The newest of them"`
	Open      bool             `json:"open"`
	ReachedAt *time.Time       `json:"reachedAt" doc:"When somebody spoke with the number, whoever called"`
	ReachedBy *activityCall    `json:"reachedBy" doc:"The call in which they did"`
	Contact   *activityContact `json:"contact" doc:"Whose number it is; null if nobody's"`
	Claim     *missedClaim     `json:"claim" doc:"Who takes care of it; null if nobody does"`
}

type missedClaim struct {
	Agent missedAgent `json:"agent"`
	At    time.Time   `json:"at"`
}

type missedAgent struct {
	ID   string `json:"_id"`
	Name string `json:"name" doc:"Empty while the name is not to be had"`
}

type (
	missedListOutput struct{ Body httpapi.List[missedOutput] }
	missedPath       struct {
		ID string `path:"id" maxLength:"100"`
	}
	missedAnswer struct{ Body missedOutput }
)

func (s *Activities) listMissed(ctx context.Context, in *missedListInput) (*missedListOutput, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	after, err := parsePlace(in.After)
	if err != nil {
		return nil, err
	}
	claimed := ""
	if who, _ := identity.From(ctx); in.Mine {
		claimed = who.ID
	}
	list, err := s.store.listMissed(ctx, t.ID, in.Open, claimed, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	cut := httpapi.Cut(list, in.Limit, func(m Missed) string { return place{m.NewestAt, m.ID}.cursor() })
	items, err := s.showMissed(ctx, t, cut.Items)
	return &missedListOutput{httpapi.List[missedOutput]{Items: items, Next: cut.Next}}, err
}

func (s *Activities) claimMissed(ctx context.Context, in *missedPath) (*missedAnswer, error) {
	return s.answerMissed(ctx, in.ID, s.ClaimMissed)
}

func (s *Activities) releaseMissed(ctx context.Context, in *missedPath) (*missedAnswer, error) {
	return s.answerMissed(ctx, in.ID, s.ReleaseMissed)
}

func (s *Activities) answerMissed(ctx context.Context, id string, do func(context.Context, identity.Tenant, string) (Missed, error)) (*missedAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	m, err := do(ctx, t, id)
	if err != nil {
		return nil, err
	}
	items, err := s.showMissed(ctx, t, []Missed{m})
	if err != nil {
		return nil, err
	}
	return &missedAnswer{items[0]}, nil
}

// showMissed returns missed calls as they go over the wire, with the names of
// those concerned.
func (s *Activities) showMissed(ctx context.Context, t identity.Tenant, list []Missed) ([]missedOutput, error) {
	keys := make([]string, len(list))
	for i := range list {
		keys[i] = list[i].MatchKey
	}
	owners, err := s.store.owners(ctx, s.store.db, t.ID, keys)
	if err != nil {
		return nil, err
	}
	names := s.agentNames(ctx, t, list)
	items := make([]missedOutput, len(list))
	for i, m := range list {
		items[i] = missedOutput{
			ID: m.ID, Number: m.Number, National: phone.National(m.Number, t.Region), MatchKey: m.MatchKey, Count: m.Calls,
			FirstAt: httpapi.Instant(m.FirstAt), NewestAt: httpapi.Instant(m.NewestAt), Call: activityCall{m.NewestCall},
			Open: m.Open, ReachedAt: httpapi.Time(m.ReachedAt),
		}
		if m.ReachedCall != 0 {
			items[i].ReachedBy = &activityCall{m.ReachedCall}
		}
		if c, ok := owners[m.MatchKey]; ok {
			items[i].Contact = &activityContact{c.ID, c.Name}
		}
		if m.Claim.By != "" {
			items[i].Claim = &missedClaim{missedAgent{m.Claim.By, names[m.Claim.By]}, httpapi.Instant(m.Claim.At)}
		}
	}
	return items, nil
}

// agentNames returns the names of those who take care. A name that is not to
// be had is left out.
func (s *Activities) agentNames(ctx context.Context, t identity.Tenant, list []Missed) map[string]string {
	asking, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	names := map[string]string{}
	for i := range list {
		id := list[i].Claim.By
		if _, asked := names[id]; asked || id == "" {
			continue
		}
		agent, err := bus.Ask(asking, s.bus, ask.FindAgent, ask.AgentQuestion{Tenant: t.ID, ID: id})
		if err != nil {
			agent.Name = ""
		}
		names[id] = agent.Name
	}
	return names
}
