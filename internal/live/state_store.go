// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/call"
	"tandem/internal/db"
)

// Name names a call of any tenant, as the log does.
type Name struct {
	Tenant    int64
	Connector int64
	CallID    string
}

var nameColumns = db.Columns{"tenant BIGINT", "connector BIGINT", "call_id TEXT"}

// States returns the states of those of the named calls that exist, through q:
// the readers, or a write transaction, which no event can overtake. It reads
// nothing else of the calls, so it is cheap for many.
func (l *Live) States(ctx context.Context, q db.Querier, names []Name) (map[Name]call.State, error) {
	const query = `
		SELECT tenant, connector, call_id, state
		FROM live_calls
		WHERE (tenant, connector, call_id) IN (SELECT tenant, connector, call_id FROM batch)`
	b := db.NewBatch(nameColumns, len(names))
	for _, n := range names {
		b.Add(n.Tenant, n.Connector, n.CallID)
	}
	states := make(map[Name]call.State, len(names))
	err := l.db.Find(ctx, q, query, b, func(rows *sql.Rows) error {
		var n Name
		var state string
		err := rows.Scan(&n.Tenant, &n.Connector, &n.CallID, &state)
		states[n] = call.State(state)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find states: %w", err)
	}
	return states, nil
}
