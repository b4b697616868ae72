// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"errors"
	"fmt"

	"tandem/internal/module"
)

// Sweep is rows of a part of which some may mention a person.
type Sweep struct {
	// Read gives an id and texts of each row of the tenant $1.
	Read string
	// Write stores the texts, $3 and so on, of the row $2 of the tenant $1.
	Write string
	// Whole says that a text that mentions the person goes as a whole.
	Whole bool
}

// Sweep overwrites what rows say of a person. It reads them all, outside the
// writer, and writes those that mention the person.
func (l *Log) Sweep(ctx context.Context, p *module.Person, s Sweep) error {
	found, err := l.mentioning(ctx, p, s)
	if err != nil {
		return fmt.Errorf("look for a person: %w", err)
	}
	for len(found) > 0 {
		some := found[:min(len(found), sweepRows)]
		found = found[len(some):]
		err := l.Transact(ctx, func(ctx context.Context, tx *Tx) error {
			for _, row := range some {
				if _, err := tx.ExecContext(ctx, s.Write, row...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("erase a person: %w", err)
		}
	}
	return nil
}

const sweepRows = 200 // written in one transaction

// mentioning returns the arguments of s.Write for each row to be written.
func (l *Log) mentioning(ctx context.Context, p *module.Person, s Sweep) (found [][]any, err error) {
	rows, err := l.db.QueryContext(ctx, s.Read, p.Tenant)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row, changed := []any{p.Tenant, values[0]}, false
		for _, value := range values[1:] {
			next, differs := overwritten(p, value, s.Whole)
			row = append(row, next)
			changed = changed || differs
		}
		if changed {
			found = append(found, row)
		}
	}
	return found, rows.Err()
}

// overwritten returns a column's value without what it says of p.
func overwritten(p *module.Person, value any, whole bool) (any, bool) {
	switch value := value.(type) {
	case string:
		return p.Overwrite(value, whole)
	case []byte:
		next, changed := p.Overwrite(string(value), whole)
		if !changed {
			return append([]byte(nil), value...), false
		}
		return []byte(next), true
	default:
		return value, false
	}
}

// EachMention calls visit with each event of a tenant behind a position that
// mentions a person, in order, and returns the position it has come to.
func (l *Log) EachMention(ctx context.Context, p *module.Person, after int64, visit func(Record) error) (int64, error) {
	for {
		records, err := l.ReadAfter(ctx, after, mentionRows)
		if err != nil || len(records) == 0 {
			return after, err
		}
		for _, r := range records {
			after = r.Position
			if r.Tenant != p.Tenant || !p.Mentions(string(r.Data)) && !p.Mentions(string(r.Raw)) {
				continue
			}
			if err := visit(r); err != nil {
				return after, err
			}
		}
	}
}

const mentionRows = 2000
