// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"strings"
	"unicode/utf8"

	"tandem/internal/ask"
)

// nameAgents returns who the actors of a phone system are. An actor is known by
// e-mail, and only if nobody has that e-mail by login.
func (u *Users) nameAgents(ctx context.Context, q ask.NamesQuestion) (map[string]ask.Agent, error) {
	wanted := make([]string, 0, len(q.Keys))
	for _, actor := range q.Keys {
		name := strings.ToLower(actor)
		if !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
			name = "" // what no database can hold is nobody's
		}
		wanted = append(wanted, name)
	}
	users, err := u.store.listByNames(ctx, q.Tenant, wanted)
	if err != nil {
		return nil, err
	}
	byEmail, byLogin := map[string]User{}, map[string]User{}
	for _, who := range users {
		byLogin[who.Login] = who
		if _, taken := byEmail[who.Email]; !taken && who.Email != "" {
			byEmail[who.Email] = who // the oldest of several
		}
	}
	agents := make(map[string]ask.Agent, len(q.Keys))
	for i, actor := range q.Keys {
		who, ok := byEmail[wanted[i]]
		if !ok {
			who, ok = byLogin[wanted[i]]
		}
		if ok {
			agents[actor] = ask.Agent{ID: who.ID, Login: who.Login, Name: who.Name, Email: who.Email, Extension: who.Extension}
		}
	}
	return agents, nil
}

// findAgent returns the agent with an id.
func (u *Users) findAgent(ctx context.Context, q ask.AgentQuestion) (ask.Agent, error) {
	a, err := u.store.findAgent(ctx, u.store.db, q.Tenant, q.ID, false)
	return ask.Agent{ID: a.ID, Login: a.Login, Name: a.Name, Email: a.Email, Extension: a.Extension}, err
}
