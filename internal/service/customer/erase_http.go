// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"

	"tandem/internal/identity"
)

// contactErasure says how far a person is erased.
type contactErasure struct {
	ID    string `json:"_id"`
	State string `json:"state" enum:"erased,erasing" doc:"erasing: the contact is gone, and what else mentions the person is being overwritten; ask again to see"`
}

type contactErasureAnswer struct{ Body contactErasure }

func (c *Customer) eraseContact(ctx context.Context, in *contactIDPath) (*contactErasureAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	done, err := c.Erase(ctx, t, in.ID)
	if err != nil {
		return nil, err
	}
	state := "erasing"
	if done {
		state = "erased"
	}
	return &contactErasureAnswer{contactErasure{ID: in.ID, State: state}}, nil
}
