// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"net/url"
	"time"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
)

type agentImportInput struct {
	browser

	DryRun  bool   `query:"dryRun" doc:"Say what would come of it, and keep nothing"`
	Invite  bool   `query:"invite" doc:"Make an invitation for each agent that is created"`
	RawBody []byte `contentType:"text/csv"`
}

// importedInvitation is the link of one agent who was created, shown this once.
type importedInvitation struct {
	Row       int       `json:"row" doc:"Line of the file"`
	Login     string    `json:"login"`
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type agentImportAnswer struct {
	Body struct {
		Created     int                  `json:"created"`
		Changed     int                  `json:"changed"`
		Unchanged   int                  `json:"unchanged" doc:"Rows that say what is so already"`
		Errors      []importError        `json:"errors" doc:"Rows with faults, which are left out"`
		Invitations []importedInvitation `json:"invitations,omitempty"`
	}
}

func (u *Users) importAgents(ctx context.Context, in *agentImportInput) (*agentImportAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	result, err := u.ImportAgents(ctx, t, in.RawBody, in.DryRun)
	if err != nil {
		return nil, err
	}
	out := &agentImportAnswer{}
	b := &out.Body
	b.Created, b.Changed, b.Unchanged, b.Errors = result.created, result.changed, result.unchanged, result.errors
	if b.Errors == nil {
		b.Errors = []importError{}
	}
	if !in.Invite || in.DryRun {
		return out, nil
	}
	for _, one := range result.agents {
		token, l, err := u.makeLink(ctx, t, one.agent.ID, kindInvitation)
		if err != nil {
			return nil, err
		}
		b.Invitations = append(b.Invitations, importedInvitation{one.row, one.agent.Login, u.linkTo(in.browser, l.kind, token), httpapi.Instant(l.expiresAt)})
	}
	return out, nil
}

// linkTo returns the page on which somebody sets their password: /invitation or
// /reset.
func (u *Users) linkTo(from browser, kind, token string) string {
	return u.address(from) + "/" + kind + "?token=" + url.QueryEscape(token)
}
