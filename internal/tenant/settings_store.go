// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tandem/internal/identity"
	"tandem/internal/problem"
)

// Account is a tenant as whoever runs the installation sees it.
type Account struct {
	identity.Tenant

	Locales     []string
	Retention   Retention
	Limits      Limits
	CreatedAt   int64 // Unix ms
	SuspendedAt int64 // Unix ms; 0 while it works
	ErasingAt   int64 // Unix ms since when it is being erased; 0 if it is not
}

// Settings returns what its administrator may decide.
func (a *Account) Settings() Settings {
	return Settings{Name: a.Name, Region: a.Region, TimeZone: a.TimeZone, Locales: a.Locales, Retention: a.Retention}
}

// The states of a tenant.
const (
	StateActive    = "active"
	StateSuspended = "suspended"
	StateErasing   = "erasing"
)

// State says in a word whether the tenant works.
func (a *Account) State() string {
	switch {
	case a.ErasingAt != 0:
		return StateErasing
	case a.SuspendedAt != 0:
		return StateSuspended
	default:
		return StateActive
	}
}

// Querier is the pool of readers, or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Account returns a tenant that is not erased, with all that is known of it;
// NotFound when there is none.
func (d *Directory) Account(ctx context.Context, uuid string) (Account, error) {
	return d.FindAccount(ctx, d.db, uuid)
}

// FindAccount is [Directory.Account] within a transaction.
func (d *Directory) FindAccount(ctx context.Context, q Querier, uuid string) (Account, error) {
	list, err := accounts(ctx, q, `WHERE uuid = $1 AND erased_at = 0`, strings.ToLower(uuid))
	if err != nil {
		return Account{}, fmt.Errorf("find tenant %s: %w", uuid, err)
	}
	if len(list) == 0 {
		return Account{}, problem.New(problem.NotFound, "tenant.not_found", "There is no such call centre.")
	}
	return list[0], nil
}

// Accounts returns up to limit tenants behind the id after, in the order they
// were created.
func (d *Directory) Accounts(ctx context.Context, after int64, limit int) ([]Account, error) {
	list, err := accounts(ctx, d.db, `WHERE erased_at = 0 AND id > $1 ORDER BY id LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	return list, nil
}

// Erasing returns the tenants whose erasure has begun and not ended.
func (d *Directory) Erasing(ctx context.Context) ([]Account, error) {
	list, err := accounts(ctx, d.db, `WHERE erased_at = 0 AND erasing_at > 0 ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list tenants that are being erased: %w", err)
	}
	return list, nil
}

// ErasedSince returns the numbers of the tenants that were erased after a time
// in Unix milliseconds.
func (d *Directory) ErasedSince(ctx context.Context, since int64) (ids []int64, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT id FROM tenants WHERE erased_at > $1 ORDER BY id`, since)
	if err != nil {
		return nil, fmt.Errorf("list erased tenants: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list erased tenants: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

func accounts(ctx context.Context, q Querier, rest string, args ...any) (list []Account, err error) {
	rows, err := q.QueryContext(ctx, `
		SELECT id, uuid, slug, name, region, time_zone, locales, retention, limits, created_at, suspended_at, erasing_at
		FROM tenants `+rest, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a Account
		var locales, retention, limits string
		if err := rows.Scan(&a.ID, &a.UUID, &a.Slug, &a.Name, &a.Region, &a.TimeZone, &locales, &retention, &limits,
			&a.CreatedAt, &a.SuspendedAt, &a.ErasingAt); err != nil {
			return nil, err
		}
		a.Locales = strings.Fields(locales)
		if err := json.Unmarshal([]byte(retention), &a.Retention); err != nil {
			return nil, fmt.Errorf("read retention of tenant %s: %w", a.Slug, err)
		}
		if a.Limits, err = parseLimits(limits); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

// Update makes a tenant what s says within tx.
func (d *Directory) Update(ctx context.Context, tx *sql.Tx, id int64, s Settings) error {
	if fields := s.check(); len(fields) > 0 {
		return problem.NewFields("tenant.invalid", "The call centre cannot be so.", fields...)
	}
	retention, err := json.Marshal(s.Retention)
	if err != nil {
		return fmt.Errorf("write retention: %w", err)
	}
	const set = `
		UPDATE tenants SET name = $2, region = $3, time_zone = $4, locales = $5, retention = $6, version = version + 1
		WHERE id = $1 AND erased_at = 0`
	return changeOne(ctx, tx, set, id, s.Name, s.Region, s.TimeZone, strings.Join(s.Locales, " "), string(retention))
}

// SetLimits gives a tenant its limits within tx.
func (d *Directory) SetLimits(ctx context.Context, tx *sql.Tx, id int64, l Limits) error {
	if fields := l.check(); len(fields) > 0 {
		return problem.NewFields("tenant.invalid", "The call centre cannot be so.", fields...)
	}
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write limits: %w", err)
	}
	return changeOne(ctx, tx, `UPDATE tenants SET limits = $2, version = version + 1 WHERE id = $1 AND erased_at = 0`, id, string(text))
}

// Suspend stops a tenant within tx, and Resume lets it go on. Neither changes
// anything else.
func (d *Directory) Suspend(ctx context.Context, tx *sql.Tx, id int64) error {
	const set = `
		UPDATE tenants SET suspended_at = CASE WHEN suspended_at = 0 THEN $2 ELSE suspended_at END, version = version + 1
		WHERE id = $1 AND erased_at = 0`
	return changeOne(ctx, tx, set, id, d.now().UnixMilli())
}

// Resume ends what Suspend began. It is a Conflict for a tenant that is being
// erased.
func (d *Directory) Resume(ctx context.Context, tx *sql.Tx, a Account) error {
	if a.ErasingAt != 0 {
		return problem.New(problem.Conflict, "tenant.erasing", "This call centre is being erased.")
	}
	return changeOne(ctx, tx, `UPDATE tenants SET suspended_at = 0, version = version + 1 WHERE id = $1 AND erased_at = 0`, a.ID)
}

// BeginErasure suspends a tenant for good within tx.
func (d *Directory) BeginErasure(ctx context.Context, tx *sql.Tx, id int64) error {
	if err := d.Suspend(ctx, tx, id); err != nil {
		return err
	}
	const set = `
		UPDATE tenants SET erasing_at = CASE WHEN erasing_at = 0 THEN $2 ELSE erasing_at END, version = version + 1
		WHERE id = $1 AND erased_at = 0`
	return changeOne(ctx, tx, set, id, d.now().UnixMilli())
}

// EndErasure empties a tenant's row within tx. Its number stays, so that it is
// never given again, and so does its UUID, which says nothing of anybody; its
// secret does not, so that nobody can find out any more what the keys of its
// events were made of.
func (d *Directory) EndErasure(ctx context.Context, tx *sql.Tx, id int64) error {
	const set = `
		UPDATE tenants SET slug = '/' || uuid, name = '', region = '', time_zone = '', key_secret = '', locales = '',
			retention = '{}', limits = '{}', erased_at = $2, version = version + 1
		WHERE id = $1 AND erased_at = 0`
	return changeOne(ctx, tx, set, id, d.now().UnixMilli())
}

func changeOne(ctx context.Context, tx *sql.Tx, query string, id int64, args ...any) error {
	result, err := tx.ExecContext(ctx, query, append([]any{id}, args...)...)
	if err != nil {
		return fmt.Errorf("change tenant %d: %w", id, err)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return problem.New(problem.NotFound, "tenant.not_found", "There is no such call centre.")
}

// version returns a number that rises with every change of any tenant.
func (d *Directory) version(ctx context.Context) (version int64, err error) {
	const query = `SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM tenants`
	if err := d.db.QueryRowContext(ctx, query).Scan(&version); err != nil {
		return 0, fmt.Errorf("look for changes of tenants: %w", err)
	}
	return version, nil
}

// readStandings returns the standing of every tenant, those that are erased as
// well: nothing of them may come in any more.
func (d *Directory) readStandings(ctx context.Context, before *standings) (all map[int64]*standing, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT id, limits, suspended_at + erasing_at + erased_at FROM tenants`)
	if err != nil {
		return nil, fmt.Errorf("read standings of tenants: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all = map[int64]*standing{}
	for rows.Next() {
		var id, stopped int64
		var text string
		if err := rows.Scan(&id, &text, &stopped); err != nil {
			return nil, fmt.Errorf("read standings of tenants: %w", err)
		}
		limits, err := parseLimits(text)
		if err != nil {
			return nil, err
		}
		var known *standing
		if before != nil {
			known = before.byID[id]
		}
		all[id] = newStanding(stopped != 0, limits, known)
	}
	return all, rows.Err()
}
