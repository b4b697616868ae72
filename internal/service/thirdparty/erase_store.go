// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/module"
)

const eraseAtOnce = 200 // deliveries in one transaction

// Erase overwrites what was said to other systems about a person, and what they
// said.
func (t *ThirdParty) Erase(ctx context.Context, p *module.Person) error {
	t.facts.clear()
	t.lookup.forget(p.Tenant)
	err := t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return t.store.redact(ctx, tx, p.Tenant, slices.Concat(p.Streams, p.Calls))
	})
	if err != nil {
		return err
	}
	endpoints, err := t.store.ids(ctx, p.Tenant)
	if err != nil {
		return err
	}
	for _, endpoint := range endpoints {
		positions, err := t.store.mentioning(ctx, endpoint, p)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(positions, eraseAtOnce) {
			err := t.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
				return t.store.redactOf(ctx, tx, ref{p.Tenant, endpoint}, some)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// mentioning returns the deliveries of an endpoint, by position, in which a
// person is named although the event was about something else.
func (s *store) mentioning(ctx context.Context, endpoint string, p *module.Person) (positions []int64, err error) {
	const query = `
		SELECT position, exchanges, error
		FROM thirdparty_deliveries
		WHERE tenant = $1 AND endpoint = $2 AND exchanges <> '[]'`
	err = db.EachRow(ctx, s.db, query, []any{p.Tenant, endpoint}, func(rows *sql.Rows) error {
		var position int64
		var exchanges, reason string
		err := rows.Scan(&position, &exchanges, &reason)
		if err == nil && (p.Mentions(exchanges) || p.Mentions(reason)) {
			positions = append(positions, position)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for a person in deliveries: %w", err)
	}
	return positions, nil
}

// redactOf overwrites what was said in some deliveries of an endpoint.
func (s *store) redactOf(ctx context.Context, tx *eventlog.Tx, of ref, positions []int64) error {
	const query = `
		UPDATE thirdparty_deliveries
		SET exchanges = '[]', error = 'erased'
		WHERE tenant = $1 AND endpoint = $2 AND position = $3`
	for _, position := range positions {
		if _, err := exec(ctx, tx, "redact delivery", query, of.tenant, of.id, position); err != nil {
			return err
		}
	}
	return nil
}
