// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// listQueues returns up to limit queues by number, behind after ("" for the first).
func (s *store) listQueues(ctx context.Context, tenant int64, after string, limit int) ([]Queue, error) {
	const query = `
		SELECT id, number, name
		FROM routing_queues
		WHERE tenant = $1 AND number > $2
		ORDER BY number
		LIMIT $3`
	return s.queues(ctx, s.db, query, tenant, after, limit)
}

func (s *store) allQueues(ctx context.Context, tenant int64) ([]Queue, error) {
	return s.listQueues(ctx, tenant, "", math.MaxInt32)
}

// findQueue returns a queue; NotFound when there is none.
func (s *store) findQueue(ctx context.Context, q db.Querier, tenant int64, id string) (Queue, error) {
	const query = `
		SELECT id, number, name
		FROM routing_queues
		WHERE tenant = $1 AND id = $2`
	missing := problem.New(problem.NotFound, "queue.not_found", "There is no such queue.")
	if !isID(id) {
		return Queue{}, missing
	}
	queues, err := s.queues(ctx, q, query, tenant, id)
	if err != nil {
		return Queue{}, err
	}
	if len(queues) == 0 {
		return Queue{}, missing
	}
	return queues[0], nil
}

func (s *store) queues(ctx context.Context, q db.Querier, query string, args ...any) ([]Queue, error) {
	var queues []Queue
	err := db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var queue Queue
		err := rows.Scan(&queue.ID, &queue.Number, &queue.Name)
		queues = append(queues, queue)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find queues: %w", err)
	}
	return queues, nil
}

// insertQueue adds a queue; Conflict when its number is taken.
func (s *store) insertQueue(ctx context.Context, tx *eventlog.Tx, tenant int64, queue Queue) error {
	const query = `
		INSERT INTO routing_queues (tenant, id, number, name)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, number) DO NOTHING`
	return s.writeQueue(ctx, tx, queue, query, tenant, queue.ID, queue.Number, queue.Name)
}

// updateQueue changes a queue that exists; Conflict when its number is another's.
func (s *store) updateQueue(ctx context.Context, tx *eventlog.Tx, tenant int64, queue Queue) error {
	const query = `
		UPDATE routing_queues
		SET number = $3, name = $4
		WHERE tenant = $1 AND id = $2
			AND NOT EXISTS (SELECT 1 FROM routing_queues WHERE tenant = $1 AND number = $3 AND id <> $2)`
	return s.writeQueue(ctx, tx, queue, query, tenant, queue.ID, queue.Number, queue.Name)
}

func (s *store) writeQueue(ctx context.Context, tx *eventlog.Tx, queue Queue, query string, args ...any) error {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("write queue: %w", err)
	}
	written, err := result.RowsAffected()
	if err == nil && written == 0 {
		return problem.New(problem.Conflict, "queue.taken", "There is a queue %s already.", queue.Number)
	}
	return err
}

func (s *store) deleteQueue(ctx context.Context, tx *eventlog.Tx, tenant int64, id string) error {
	const query = `DELETE FROM routing_queues WHERE tenant = $1 AND id = $2`
	if _, err := tx.ExecContext(ctx, query, tenant, id); err != nil {
		return fmt.Errorf("delete queue: %w", err)
	}
	return nil
}
