// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"context"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// queueOutput is a queue on the wire.
type queueOutput struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Name   string `json:"name"`
}

type (
	queueBody struct {
		Number string `json:"number" maxLength:"64" doc:"As the phone system calls it" example:"900"`
		Name   string `json:"name" maxLength:"100" example:"Known callers"`
		ID     string `json:"id,omitempty" maxLength:"100" readOnly:"true"`
	}
	queueInput    struct{ Body queueBody }
	queuePutInput struct {
		ID   string `path:"id" maxLength:"100"`
		Body queueBody
	}
	queueIDPath struct {
		ID string `path:"id" maxLength:"100"`
	}
	queueAnswer     struct{ Body queueOutput }
	queueListInput  struct{ httpapi.Page }
	queueListAnswer struct {
		Body httpapi.List[queueOutput]
	}
	queueNothing struct{}
)

func (r *Routing) listQueues(ctx context.Context, in *queueListInput) (*queueListAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if in.After != "" && !destinationForm.MatchString(in.After) {
		return nil, problem.NewFields("request.invalid", "The page does not exist.",
			problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
	}
	queues, err := r.store.listQueues(ctx, t.ID, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]queueOutput, len(queues))
	for i, queue := range queues {
		items[i] = queueOutput(queue)
	}
	return &queueListAnswer{httpapi.Cut(items, in.Limit, func(q queueOutput) string { return q.Number })}, nil
}

func (r *Routing) postQueue(ctx context.Context, in *queueInput) (*queueAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	queue, err := r.CreateQueue(ctx, t.ID, Queue{Number: in.Body.Number, Name: in.Body.Name})
	return &queueAnswer{queueOutput(queue)}, err
}

func (r *Routing) getQueue(ctx context.Context, in *queueIDPath) (*queueAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	queue, err := r.store.findQueue(ctx, r.db, t.ID, in.ID)
	return &queueAnswer{queueOutput(queue)}, err
}

func (r *Routing) putQueue(ctx context.Context, in *queuePutInput) (*queueAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	queue, err := r.UpdateQueue(ctx, t.ID, Queue{ID: in.ID, Number: in.Body.Number, Name: in.Body.Name})
	return &queueAnswer{queueOutput(queue)}, err
}

func (r *Routing) deleteQueue(ctx context.Context, in *queueIDPath) (*queueNothing, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, r.DeleteQueue(ctx, t.ID, in.ID)
}
