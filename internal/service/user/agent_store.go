// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/eventlog"
	"tandem/internal/problem"
	"tandem/internal/search"
)

const agentColumns = userColumns + `, id_sip, device, queues, creator, created_at, updated_at, deleted,
	CASE WHEN password_hash = '' THEN 0 ELSE 1 END`

func (a *Agent) scan(row interface{ Scan(dest ...any) error }) error {
	var queues string
	err := row.Scan(append(a.fields(),
		&a.IDSip, &a.Device, &queues, &a.Creator, &a.CreatedAt, &a.UpdatedAt, &a.Deleted, &a.HasPassword)...)
	a.Queues = strings.Fields(queues)
	return err
}

// joined returns queues as they are stored: each between spaces, so that one
// can be looked for.
func joined(queues []string) string {
	if len(queues) == 0 {
		return ""
	}
	return " " + strings.Join(queues, " ") + " "
}

// findAgent returns an agent of a tenant that is deleted, or that is not;
// NotFound when there is none.
func (s store) findAgent(ctx context.Context, q querier, tenant int64, id string, deleted bool) (a Agent, err error) {
	const query = `
		SELECT ` + agentColumns + `
		FROM user_users
		WHERE tenant = $1 AND id = $2 AND deleted = $3`
	missing := problem.New(problem.NotFound, "agent.not_found", "There is no such agent.")
	if uuid.Validate(id) != nil {
		return Agent{}, missing
	}
	err = a.scan(q.QueryRowContext(ctx, query, tenant, id, flag(deleted)))
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, missing
	}
	if err != nil {
		return Agent{}, fmt.Errorf("find agent %s: %w", id, err)
	}
	return a, nil
}

// agentFilter chooses agents.
type agentFilter struct {
	search, role, queue, device string
	deleted                     bool // deleted ones, too
	after                       string
	limit                       int
}

// listAgents returns agents of a tenant in the order they were created.
func (s store) listAgents(ctx context.Context, tenant int64, f agentFilter) (agents []Agent, err error) {
	query := `
		SELECT ` + agentColumns + `
		FROM user_users
		WHERE tenant = $1 AND deleted <= $2 AND id > $3`
	args := []any{tenant, flag(f.deleted), f.after}
	where := func(condition, value string) {
		args = append(args, value)
		query += ` AND ` + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	if f.role != "" {
		where(`role = ?`, f.role)
	}
	if f.device != "" {
		where(`device = ?`, f.device)
	}
	if f.queue != "" {
		where(`queues LIKE ? ESCAPE '\'`, search.Pattern(" "+f.queue+" "))
	}
	for _, pattern := range search.Patterns(f.search) {
		where(`search LIKE ? ESCAPE '\'`, pattern)
	}
	args = append(args, f.limit)
	query += ` ORDER BY id LIMIT $` + strconv.Itoa(len(args))
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list agents: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a Agent
		if err := a.scan(rows); err != nil {
			return nil, fmt.Errorf("list agents: %w", err)
		}
		agents = append(agents, a)
	}
	return agents, rows.Err()
}

// countAgents returns how many agents a tenant has that are not deleted.
func (s store) countAgents(ctx context.Context, tx *eventlog.Tx, tenant int64) (n int64, err error) {
	const query = `SELECT COUNT(*) FROM user_users WHERE tenant = $1 AND deleted = 0`
	if err := tx.QueryRowContext(ctx, query, tenant).Scan(&n); err != nil {
		return 0, fmt.Errorf("count agents: %w", err)
	}
	return n, nil
}

// updateAgent writes what may change of an agent. A login that is taken, by
// whomever, is a Conflict.
func (s store) updateAgent(ctx context.Context, tx *eventlog.Tx, before, a Agent) error {
	if before.Login != a.Login {
		if err := isLoginFree(ctx, tx.Tx, a.Login); err != nil {
			return err
		}
	}
	const query = `
		UPDATE user_users
		SET login = $3, name = $4, email = $5, role = $6, extension = $7, id_sip = $8, device = $9, queues = $10,
			search = $11, updated_at = $12, deleted = $13
		WHERE tenant = $1 AND id = $2`
	_, err := tx.ExecContext(ctx, query, a.Tenant, a.ID, a.Login, a.Name, a.Email, a.Role, a.Extension, a.IDSip, a.Device,
		joined(a.Queues), a.search(), a.UpdatedAt, flag(a.Deleted))
	if err != nil {
		return fmt.Errorf("change agent %s: %w", a.ID, err)
	}
	return nil
}

// unbindUser forgets who a user is at a provider of sign-ins.
func (s store) unbindUser(ctx context.Context, tx *eventlog.Tx, tenant int64, id string) error {
	const remove = `DELETE FROM user_oidc_subjects WHERE tenant = $1 AND user_id = $2`
	if _, err := tx.ExecContext(ctx, remove, tenant, id); err != nil {
		return fmt.Errorf("unbind user %s: %w", id, err)
	}
	return nil
}

// endAccess removes a user's sessions and links.
func (s store) endAccess(ctx context.Context, tx *eventlog.Tx, tenant int64, id string) error {
	if err := deleteSessionsOf(ctx, tx.Tx, tenant, id); err != nil {
		return err
	}
	return deleteLinksOf(ctx, tx.Tx, tenant, id)
}
