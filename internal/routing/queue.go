// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// ownStream is the stream of what is changed about a tenant's routing.
const ownStream = "tenant/routing"

// Queue is a place where callers wait for an agent.
type Queue struct {
	ID     string `json:"id"`
	Number string `json:"number"` // as the phone system calls it
	Name   string `json:"name"`   // for people
}

func (q Queue) check() error {
	var fields []problem.Field
	if !destinationForm.MatchString(q.Number) {
		fields = append(fields, problem.Field{Name: "body.number", Detail: "must be a number such as 900"})
	}
	if !isLine(q.Name, nameRunesMax) || strings.TrimSpace(q.Name) == "" {
		fields = append(fields, problem.Field{Name: "body.name", Detail: "must be a text of one line, at most 100 characters long"})
	}
	if len(fields) > 0 {
		return problem.NewFields("queue.invalid", "The queue cannot be kept so.", fields...)
	}
	return nil
}

// queueNames answers [ask.ListQueues].
func (r *Routing) queueNames(ctx context.Context, tenant int64) (map[string]string, error) {
	queues, err := r.store.allQueues(ctx, tenant)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(queues))
	for _, queue := range queues {
		names[queue.Number] = queue.Name
	}
	return names, nil
}

// CreateQueue adds a queue; Conflict when its number is taken.
func (r *Routing) CreateQueue(ctx context.Context, tenant int64, queue Queue) (Queue, error) {
	if err := queue.check(); err != nil {
		return Queue{}, err
	}
	var err error
	if queue.ID, err = newID(); err != nil {
		return Queue{}, err
	}
	return queue, r.changeQueue(ctx, tenant, "created", queue, func(ctx context.Context, tx *eventlog.Tx) error {
		return r.store.insertQueue(ctx, tx, tenant, queue)
	})
}

// UpdateQueue changes a queue; NotFound when there is none, Conflict when its
// new number is another's.
func (r *Routing) UpdateQueue(ctx context.Context, tenant int64, queue Queue) (Queue, error) {
	if err := queue.check(); err != nil {
		return Queue{}, err
	}
	return queue, r.changeQueue(ctx, tenant, "changed", queue, func(ctx context.Context, tx *eventlog.Tx) error {
		if _, err := r.store.findQueue(ctx, tx, tenant, queue.ID); err != nil {
			return err
		}
		return r.store.updateQueue(ctx, tx, tenant, queue)
	})
}

// DeleteQueue removes a queue; NotFound when there is none. Rules that send
// calls to its number stay: the phone system may know it still.
func (r *Routing) DeleteQueue(ctx context.Context, tenant int64, id string) error {
	return r.changeQueue(ctx, tenant, "deleted", Queue{ID: id}, func(ctx context.Context, tx *eventlog.Tx) error {
		if _, err := r.store.findQueue(ctx, tx, tenant, id); err != nil {
			return err
		}
		return r.store.deleteQueue(ctx, tx, tenant, id)
	})
}

// changeQueue writes a change and its event, and tells the others.
func (r *Routing) changeQueue(ctx context.Context, tenant int64, change string, queue Queue, work func(context.Context, *eventlog.Tx) error) error {
	data, err := json.Marshal(map[string]any{"change": change, "queue": queue})
	if err != nil {
		return fmt.Errorf("encode queue: %w", err)
	}
	unique, err := newID()
	if err != nil {
		return err
	}
	now := r.now().UnixMilli()
	err = r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := work(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Append(ctx, eventlog.Event{
			Tenant: tenant, Stream: ownStream, Key: "routing.queues_changed/" + unique, Type: "routing.queues_changed",
			At: now, Received: now, Timed: true, Data: data,
		})
		return err
	})
	if err == nil {
		r.bus.Ring(ask.BellRules)
	}
	return err
}

// isID reports whether text may be an id of ours; nothing else is looked for.
func isID(text string) bool { return uuid.Validate(text) == nil }
