// SPDX-License-Identifier: Apache-2.0

// Package rekey seals every secret of an installation anew with its newest key,
// so that an older one can be thrown away. It knows the columns from the parts
// that own them, and writes through the log's writer, while Tandem runs.
package rekey

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/module"
	"tandem/internal/secret"
)

const rowsAtOnce = 200

// Rekeyer seals secrets anew.
type Rekeyer struct {
	Log      *eventlog.Log
	Database *db.DB
	Box      *secret.Box
	Secret   []module.Column
}

// Run seals anew what the newest key has not sealed, and returns how many
// values of each column that were, by table.column. It may be run again after
// it was cut short, and is done when it returns without an error: nothing that
// an older key has sealed is left.
func (r *Rekeyer) Run(ctx context.Context) (map[string]int, error) {
	sealed := map[string]int{}
	for _, c := range r.Secret {
		if c.Purpose == "" {
			continue
		}
		for {
			n, err := r.some(ctx, c)
			sealed[c.Table+"."+c.Column] += n
			if err != nil {
				return sealed, fmt.Errorf("seal %s.%s anew: %w", c.Table, c.Column, err)
			}
			if n == 0 {
				break
			}
		}
	}
	return sealed, nil
}

// Left returns how many values each column has that an older key has sealed,
// by table.column and only where there are some.
func (r *Rekeyer) Left(ctx context.Context) (map[string]int, error) {
	left := map[string]int{}
	for _, c := range r.Secret {
		if c.Purpose == "" {
			continue
		}
		n, err := r.count(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("look into %s.%s: %w", c.Table, c.Column, err)
		}
		if n > 0 {
			left[c.Table+"."+c.Column] = n
		}
	}
	return left, nil
}

// some seals up to rowsAtOnce values of a column anew.
func (r *Rekeyer) some(ctx context.Context, c module.Column) (n int, err error) {
	values, err := r.find(ctx, c, rowsAtOnce)
	if err != nil || len(values) == 0 {
		return 0, err
	}
	for i := range values {
		v := &values[i]
		if v.fresh, err = r.Box.Reseal(purposeOf(c.Purpose, v.row), v.sealed); err != nil {
			return 0, err
		}
	}
	err = r.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		for i := range values {
			if err := replace(ctx, tx, c, &values[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return len(values), err
}

// value is one sealed value and the row that it stands in.
type value struct {
	row           map[string]any // the columns that name the row or its purpose
	sealed, fresh string
}

var place = regexp.MustCompile(`\{(\w+)\}`)

// purposeOf returns what a row's secret was sealed for.
func purposeOf(purpose string, row map[string]any) string {
	return place.ReplaceAllStringFunc(purpose, func(found string) string {
		return fmt.Sprint(row[strings.Trim(found, "{}")])
	})
}

// columnsOf returns the columns that name a row or its purpose.
func columnsOf(c module.Column) []string {
	names := append([]string(nil), c.Keys...)
	for _, found := range place.FindAllStringSubmatch(c.Purpose, -1) {
		names = append(names, found[1])
	}
	return names
}
