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

var commandTypes = db.Columns{
	"tenant BIGINT", "id TEXT", "connector BIGINT", "call_id TEXT", "cause BIGINT", "kind TEXT", "destination TEXT",
	"received BIGINT", "deadline BIGINT", "due_at BIGINT", "owner TEXT", "attempts BIGINT",
	"status TEXT", "last_error TEXT", "created_at BIGINT", "finished_at BIGINT",
}

// insertCommands adds commands of calls that have none.
func (s *store) insertCommands(ctx context.Context, tx *eventlog.Tx, commands []command) error {
	const query = `
		INSERT INTO routing_commands (` + commandColumns + `)
		SELECT ` + commandColumns + `
		FROM batch
		WHERE 1 = 1 -- see insertDecisions
		ON CONFLICT DO NOTHING`
	b := db.NewBatch(commandTypes, len(commands))
	for _, c := range commands {
		b.Add(c.call.Tenant, c.id, c.call.Connector, c.call.CallID, c.cause, c.kind, c.destination,
			c.received, c.deadline, c.dueAt, c.owner, int64(c.attempts), c.status, c.lastError, c.createdAt, c.finishedAt)
	}
	if err := s.db.Update(ctx, tx.Tx, query, b); err != nil {
		return fmt.Errorf("add commands: %w", err)
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
	return s.commands(ctx, query, call.Tenant, call.Connector, call.CallID)
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
	err := db.EachRow(ctx, s.db, query, args, func(rows *sql.Rows) error {
		var c command
		err := rows.Scan(&c.call.Tenant, &c.id, &c.call.Connector, &c.call.CallID, &c.cause, &c.kind, &c.destination, &c.received,
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
	result, err := tx.ExecContext(ctx, query, before.call.Tenant, before.id, before.owner, before.dueAt,
		after.dueAt, after.owner, after.attempts, after.lastError)
	if err != nil {
		return false, fmt.Errorf("hold command: %w", err)
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

var finishColumns = db.Columns{
	"tenant BIGINT", "id TEXT", "status TEXT", "attempts BIGINT", "last_error TEXT", "finished_at BIGINT",
}

// finish ends pending commands and returns the ids of those that were pending
// still.
func (s *store) finish(ctx context.Context, tx *eventlog.Tx, commands []finished) (fresh map[string]bool, err error) {
	const query = `
		UPDATE routing_commands
		SET status = batch.status, attempts = batch.attempts, last_error = batch.last_error, finished_at = batch.finished_at
		FROM batch
		WHERE routing_commands.tenant = batch.tenant AND routing_commands.id = batch.id AND routing_commands.status = 'pending'
		RETURNING routing_commands.id`
	b := db.NewBatch(finishColumns, len(commands))
	for _, f := range commands {
		c := f.command
		b.Add(c.call.Tenant, c.id, c.status, int64(c.attempts), c.lastError, c.finishedAt)
	}
	fresh = make(map[string]bool, len(commands))
	err = s.db.Find(ctx, tx, query, b, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		fresh[id] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("finish commands: %w", err)
	}
	return fresh, nil
}
