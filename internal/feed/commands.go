// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"context"
	"encoding/json"
	"errors"

	"tandem/internal/identity"
	"tandem/internal/problem"
)

// answer answers a client's frame. It returns when the answer is on its way,
// so a client that does not take answers is not listened to.
func (f *Feed) answer(ctx context.Context, c *client, text []byte) {
	cmd, no := parseCommand(text)
	if no != nil {
		f.reply(ctx, c, *no)
		return
	}
	var (
		answer message
		err    error
	)
	switch cmd.event {
	case eventListCalls:
		answer, err = f.listCalls(ctx, c.room.tenant, cmd.data)
	case eventListCallEvents:
		answer, err = f.listCallEvents(ctx, c.room.tenant, cmd.data)
	case commandSubscribe:
		c.room.subscribe(order{client: c})
		return
	case commandFollowAgents:
		c.room.followAgents(c)
		return
	case commandResume:
		position, bad := parseResume(cmd.data)
		if bad == nil {
			c.room.subscribe(order{client: c, resume: true, position: position})
			return
		}
		err = bad
	default:
		answer = invalidEvent
	}
	if err != nil {
		answer = f.refuse(ctx, cmd.event, c.room.tenant, err)
	}
	f.reply(ctx, c, answer)
}

// refuse returns the frame that says why a command was not done.
func (f *Feed) refuse(ctx context.Context, event string, tenant identity.Tenant, err error) message {
	p := problem.Of(err)
	if p.Kind == problem.Internal && !errors.Is(err, context.Canceled) {
		f.logger.ErrorContext(ctx, "command failed", "command", event, "tenant", tenant.Slug, "error", err)
	}
	return failed(event, p.Detail)
}

func (f *Feed) reply(ctx context.Context, c *client, m message) {
	bytes, err := m.bytes()
	if err != nil {
		f.logger.ErrorContext(ctx, "answer not written", "event", m.Event, "error", err)
		return
	}
	c.out.sendPatiently(bytes)
}

// malformed returns the problem of a command that cannot be read.
func malformed(detail string) error {
	return problem.New(problem.Malformed, "feed.malformed", "%s", detail)
}

// parseResume reads where a client that comes back was.
func parseResume(data json.RawMessage) (int64, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return 0, malformed("data must be an object.")
	}
	var position int64
	if value, here := members["position"]; !here || json.Unmarshal(value, &position) != nil || position < 0 || string(value) == "null" {
		return 0, malformed("position must be a number, 0 or more.")
	}
	return position, nil
}

var (
	welcome     = mustWrite(ok(eventWelcome, "Welcome"))
	dataChanged = mustWrite(ok(eventDataChanged, struct{}{}))
)

// mustWrite writes a constant frame.
func mustWrite(m message) []byte {
	bytes, err := m.bytes()
	if err != nil {
		panic(err)
	}
	return bytes
}
