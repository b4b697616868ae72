// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const agentColumns = `id, login, name, email, role, extension, queues, facts, position, deleted`

// store reads this service's tables. What writes them takes a transaction.
type store struct{ db *db.DB }

func scanAgent(rows interface{ Scan(dest ...any) error }) (a Agent, err error) {
	var queues, facts string
	if err := rows.Scan(&a.ID, &a.Login, &a.Name, &a.Email, &a.Role, &a.Extension, &queues, &facts, &a.Position, &a.Deleted); err != nil {
		return a, err
	}
	a.Queues = strings.Fields(queues)
	return a, json.Unmarshal([]byte(facts), &a.Facts)
}

// list returns a tenant's agents that changed behind a position, deleted ones
// included, in the order of their ids.
func (s store) list(ctx context.Context, tenant, after int64) (agents []Agent, err error) {
	const query = `
		SELECT ` + agentColumns + `
		FROM presence_agents
		WHERE tenant = $1 AND position > $2
		ORDER BY id`
	rows, err := s.db.QueryContext(ctx, query, tenant, after)
	if err != nil {
		return nil, fmt.Errorf("list agents: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		a, err := scanAgent(rows)
		if err != nil {
			return nil, fmt.Errorf("list agents: %w", err)
		}
		agents = append(agents, a)
	}
	return agents, rows.Err()
}

// find returns an agent; NotFound when there is none.
func (s store) find(ctx context.Context, tenant int64, id string) (Agent, error) {
	const query = `
		SELECT ` + agentColumns + `
		FROM presence_agents
		WHERE tenant = $1 AND id = $2 AND deleted = 0`
	missing := problem.New(problem.NotFound, "agent.not_found", "There is no such agent.")
	if !storable(id) {
		return Agent{}, missing
	}
	a, err := scanAgent(s.db.QueryRowContext(ctx, query, tenant, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, missing
	}
	if err != nil {
		return Agent{}, fmt.Errorf("find agent %s: %w", id, err)
	}
	return a, nil
}

// storable reports whether a text can be looked for in any database.
func storable(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.ContainsRune(s, 0) }

var agentBatch = db.Columns{
	"tenant BIGINT", "id TEXT", "login TEXT", "name TEXT", "email TEXT", "role TEXT", "extension TEXT", "queues TEXT", "facts TEXT",
	"position BIGINT", "deleted INTEGER",
}

// write adds or replaces agents of a tenant.
func (s store) write(ctx context.Context, tx *eventlog.Tx, tenant int64, agents []Agent) error {
	if len(agents) == 0 {
		return nil
	}
	batch := db.NewBatch(agentBatch, len(agents))
	for i := range agents {
		a := &agents[i]
		facts, err := json.Marshal(a.Facts)
		if err != nil {
			return fmt.Errorf("encode facts of agent %s: %w", a.ID, err)
		}
		batch.Add(tenant, a.ID, a.Login, a.Name, a.Email, a.Role, a.Extension, strings.Join(a.Queues, " "), string(facts), a.Position, flag(a.Deleted))
	}
	const statement = `
		INSERT INTO presence_agents (tenant, ` + agentColumns + `)
		SELECT tenant, ` + agentColumns + `
		FROM batch
		WHERE true
		ON CONFLICT (tenant, id) DO UPDATE
		SET login = excluded.login, name = excluded.name, email = excluded.email, role = excluded.role,
			extension = excluded.extension, queues = excluded.queues, facts = excluded.facts,
			position = excluded.position, deleted = excluded.deleted`
	if err := s.db.Update(ctx, tx.Tx, statement, batch); err != nil {
		return fmt.Errorf("write agents: %w", err)
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// wrapUp returns for how many milliseconds agents rest after a call.
func (s store) wrapUp(ctx context.Context, tenant int64) (ms int64, err error) {
	const query = `SELECT wrap_up_seconds FROM presence_settings WHERE tenant = $1`
	err = s.db.QueryRowContext(ctx, query, tenant).Scan(&ms)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("find wrap-up time: %w", err)
	}
	return ms * 1000, nil
}

func (s store) setWrapUp(ctx context.Context, tx *eventlog.Tx, tenant, seconds int64) error {
	const query = `
		INSERT INTO presence_settings (tenant, wrap_up_seconds)
		VALUES ($1, $2)
		ON CONFLICT (tenant) DO UPDATE SET wrap_up_seconds = excluded.wrap_up_seconds`
	if _, err := tx.ExecContext(ctx, query, tenant, seconds); err != nil {
		return fmt.Errorf("set wrap-up time: %w", err)
	}
	return nil
}
