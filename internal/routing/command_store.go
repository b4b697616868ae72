// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
)

// The states of a command.
const (
	statusPending = "pending"
	statusSent    = "sent"
	statusMissed  = "missed"
)

// command is an order to a phone system. Times are Unix milliseconds.
type command struct {
	id          string
	call        callRef
	cause       int64 // position of the event that caused it
	kind        string
	destination string
	received    int64 // when its cause reached us
	deadline    int64
	dueAt       int64 // until then it is its owner's
	owner       string
	attempts    int
	status      string
	lastError   string
	createdAt   int64
	finishedAt  int64
}

const commandColumns = `tenant, id, connector, call_id, cause, kind, destination, received, deadline, due_at, owner, attempts,
	status, last_error, created_at, finished_at`

func (s *store) insertCommand(ctx context.Context, tx *eventlog.Tx, c command) error {
	const query = `
		INSERT INTO routing_commands (` + commandColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT DO NOTHING`
	_, err := tx.ExecContext(ctx, query, c.call.tenant, c.id, c.call.connector, c.call.callID, c.cause, c.kind, c.destination,
		c.received, c.deadline, c.dueAt, c.owner, c.attempts, c.status, c.lastError, c.createdAt, c.finishedAt)
	if err != nil {
		return fmt.Errorf("add command: %w", err)
	}
	return nil
}

// commandsOf returns the commands about a call.
func (s *store) commandsOf(ctx context.Context, call callRef) ([]command, error) {
	const query = `
		SELECT ` + commandColumns + `
		FROM routing_commands
		WHERE tenant = $1 AND connector = $2 AND call_id = $3
		ORDER BY id`
	return s.commands(ctx, query, call.tenant, call.connector, call.callID)
}

// stored returns which of the commands are in the database and pending.
func (s *store) stored(ctx context.Context, commands []command) (map[string]bool, error) {
	found := map[string]bool{}
	for len(commands) > 0 {
		n := db.Chunk(len(commands))
		args := make([]any, 0, 2*n)
		for _, c := range commands[:n] {
			args = append(args, c.call.tenant, c.id)
		}
		commands = commands[n:]
		query := `
			SELECT id
			FROM routing_commands
			WHERE (tenant, id) IN (VALUES ` + db.Tuples(n, "BIGINT", "TEXT") + `) AND status = 'pending'`
		err := eachRow(ctx, s.db, query, args, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			found[id] = true
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look for commands: %w", err)
		}
	}
	return found, nil
}

// takeable returns up to limit pending commands that nobody holds at now, or
// that owner does. What is held until after latest was so before the clock was
// set back. It is the one query over all tenants: a process carries the
// commands of all of them.
func (s *store) takeable(ctx context.Context, owner string, now, latest int64, limit int) ([]command, error) {
	const query = `
		SELECT ` + commandColumns + `
		FROM routing_commands
		WHERE status = 'pending' AND (due_at <= $1 OR owner = $2 OR due_at > $3)
		ORDER BY due_at
		LIMIT $4`
	return s.commands(ctx, query, now, owner, latest, limit)
}

func (s *store) commands(ctx context.Context, query string, args ...any) ([]command, error) {
	var commands []command
	err := eachRow(ctx, s.db, query, args, func(rows *sql.Rows) error {
		var c command
		err := rows.Scan(&c.call.tenant, &c.id, &c.call.connector, &c.call.callID, &c.cause, &c.kind, &c.destination, &c.received,
			&c.deadline, &c.dueAt, &c.owner, &c.attempts, &c.status, &c.lastError, &c.createdAt, &c.finishedAt)
		commands = append(commands, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find commands: %w", err)
	}
	return commands, nil
}

// hold gives a pending command to owner until dueAt and reports whether nobody
// else was faster. What its attempts came to is written down with it.
func (s *store) hold(ctx context.Context, tx *eventlog.Tx, before, after command) (held bool, err error) {
	const query = `
		UPDATE routing_commands
		SET due_at = $5, owner = $6, attempts = $7, last_error = $8
		WHERE tenant = $1 AND id = $2 AND status = 'pending' AND owner = $3 AND due_at = $4`
	return changed(tx.ExecContext(ctx, query, before.call.tenant, before.id, before.owner, before.dueAt,
		after.dueAt, after.owner, after.attempts, after.lastError))
}

// finish ends a pending command and reports whether it was pending still.
func (s *store) finish(ctx context.Context, tx *eventlog.Tx, c command) (fresh bool, err error) {
	const query = `
		UPDATE routing_commands
		SET status = $3, attempts = $4, last_error = $5, finished_at = $6
		WHERE tenant = $1 AND id = $2 AND status = 'pending'`
	return changed(tx.ExecContext(ctx, query, c.call.tenant, c.id, c.status, c.attempts, c.lastError, c.finishedAt))
}

func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("change command: %w", err)
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}
