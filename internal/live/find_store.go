// SPDX-License-Identifier: Apache-2.0

package live

import (
	"context"

	"tandem/internal/db"
)

// Ref names a call of a tenant as its phone system does.
type Ref struct {
	Connector int64
	CallID    string
}

// FindRefs returns those of the named calls that exist, in no order.
func (l *Live) FindRefs(ctx context.Context, tenant int64, refs []Ref) ([]Call, error) {
	var calls []Call
	for rest := refs; len(rest) > 0; {
		n := db.Chunk(len(rest))
		args := make([]any, 0, 3*n)
		for _, r := range rest[:n] {
			args = append(args, tenant, r.Connector, r.CallID)
		}
		rest = rest[n:]
		found, err := l.query(ctx, `WHERE (tenant, connector, call_id) IN (VALUES `+db.Tuples(n, "BIGINT", "BIGINT", "TEXT")+`)`, args...)
		if err != nil {
			return nil, err
		}
		calls = append(calls, found...)
	}
	return calls, nil
}
