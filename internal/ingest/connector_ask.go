// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"fmt"

	"tandem/internal/ask"
)

// connectorsMax is how many connectors a tenant may have and still be listed
// over the bus.
const connectorsMax = 10_000

// answerFind answers [ask.FindConnector]. A deleted connector is not found: no
// command goes there any more.
func (i *Ingest) answerFind(ctx context.Context, q ask.ConnectorQuestion) (ask.Connector, error) {
	r, err := i.store.find(ctx, q.Tenant, q.Connector)
	if err != nil {
		return ask.Connector{}, err
	}
	password, err := i.Box.Open(purpose(&r, "password"), r.passwordSealed)
	if err != nil {
		return ask.Connector{}, fmt.Errorf("open password of connector %s: %w", r.Name, err)
	}
	c := r.ask()
	c.APIUser, c.APIPassword = r.APIUser, password
	return c, nil
}

// answerList answers [ask.ListConnectors], deleted ones included: old calls
// keep the name of theirs.
func (i *Ingest) answerList(ctx context.Context, tenant int64) ([]ask.Connector, error) {
	rows, err := i.store.list(ctx, tenant, 0, connectorsMax, true)
	if err != nil {
		return nil, err
	}
	list := make([]ask.Connector, len(rows))
	for at := range rows {
		list[at] = rows[at].ask()
	}
	return list, nil
}

func (r *row) ask() ask.Connector {
	return ask.Connector{ID: r.ID, Name: r.Name, Dialect: r.Dialect, APIURL: r.APIURL}
}
