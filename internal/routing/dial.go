// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// typeRequested is the fact that somebody wants a call to be made: a person or
// program over HTTP, or a visitor of a web site. Its stream is dial/<id>.
const typeRequested = "dial.requested"

const dialPrefix = "dial/"

// kindDialer is the command that has a phone system make a call.
const kindDialer = "dialer"

// What a dialer is told when nothing else was asked for.
const (
	dialGap = 10 * time.Second
	dialTTL = 5 * time.Minute
)

// What a dialer's destination may be.
const (
	destinationPeer  = "peer"
	destinationQueue = "queue"
)

// firstDestination, as the dialer's first, asks that the extension, or a free
// agent of the queue, rings before the number is dialled. It is a word of
// Tandem's own: a phone system that does not know it dials the number first.
const firstDestination = "destination"

// dial is a call that is to be made. Times are Unix milliseconds.
type dial struct {
	tenant          int64
	id              string
	connector       int64
	number          string
	destination     string
	destinationType string
	first           string // firstDestination, or "" for the phone system's own order
	retries         int
	gap, ttl        time.Duration
	agent           string
	by              string
	about           map[string]string
	createdAt       int64
}

// requestedFact is the data of dial.requested.
type requestedFact struct {
	ID              string            `json:"id"`
	To              string            `json:"to"`
	Destination     string            `json:"destination"`
	DestinationType string            `json:"destination_type"`
	First           string            `json:"first,omitempty"`
	Connector       int64             `json:"connector,omitempty"`
	Retries         int               `json:"retries,omitempty"`
	RetryGapMS      int64             `json:"retry_gap_ms,omitempty"`
	TTLMS           int64             `json:"ttl_ms,omitempty"`
	Agent           string            `json:"agent,omitempty"`
	By              string            `json:"by,omitempty"`
	About           map[string]string `json:"about,omitempty"`
}

func (d *dial) fact() requestedFact {
	return requestedFact{
		ID: d.id, To: d.number, Destination: d.destination, DestinationType: d.destinationType, First: d.first, Connector: d.connector,
		Retries: d.retries, RetryGapMS: d.gap.Milliseconds(), TTLMS: d.ttl.Milliseconds(), Agent: d.agent, By: d.by, About: d.about,
	}
}

func (f *requestedFact) dial(tenant, at int64) dial {
	d := dial{
		tenant: tenant, id: f.ID, connector: f.Connector, number: f.To, destination: f.Destination, destinationType: f.DestinationType,
		retries: f.Retries, gap: time.Duration(f.RetryGapMS) * time.Millisecond, ttl: time.Duration(f.TTLMS) * time.Millisecond,
		agent: f.Agent, by: f.By, about: f.About, createdAt: at,
	}
	if f.First == firstDestination {
		d.first = f.First
	}
	d.destinationType, d.ttl = cmp.Or(d.destinationType, destinationPeer), cmp.Or(d.ttl, dialTTL)
	if f.RetryGapMS == 0 && f.Retries == 0 {
		d.gap = dialGap
	}
	return d
}

// body is the action that has a phone system make the call. The vendor's
// numbers are texts, retries included. Without first it is the vendor's, to the
// byte.
func (d *dial) body() ([]byte, error) {
	return json.Marshal(struct {
		Type            string   `json:"type"`
		Numbers         []string `json:"numbers"`
		Destination     string   `json:"destination"`
		DestinationType string   `json:"destination_type"`
		Code            string   `json:"code"`
		Retries         string   `json:"retries"`
		RetryGap        string   `json:"retry_gap"`
		TTL             string   `json:"ttl"`
		First           string   `json:"first,omitempty"`
	}{
		kindDialer,
		[]string{d.number},
		d.destination, d.destinationType, d.id,
		strconv.Itoa(d.retries), vendorDuration(d.gap), vendorDuration(d.ttl), d.first,
	})
}

// vendorDuration writes a duration as the vendor's examples do: 10s, 5m.
func vendorDuration(d time.Duration) string {
	switch {
	case d != 0 && d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	case d != 0 && d%time.Minute == 0:
		return strconv.FormatInt(int64(d/time.Minute), 10) + "m"
	default:
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
}

// dialCommand is the order to the phone system, which owner carries out. It holds
// no longer than the call is wanted.
func (r *Routing) dialCommand(d *dial, cause, now int64) (command, error) {
	id, err := newID()
	if err != nil {
		return command{}, err
	}
	return command{
		id: id, call: callRef{Tenant: d.tenant, Connector: d.connector, CallID: d.id}, cause: cause, kind: kindDialer, destination: d.destination,
		received: d.createdAt, deadline: d.createdAt + min(r.deadline, d.ttl).Milliseconds(),
		dueAt: now + r.sender.holdTime.Milliseconds(), owner: r.sender.owner, status: statusPending, createdAt: now,
	}, nil
}

// requestCall writes down that a call is to be made. The same id is the same
// call, however often it is requested.
func (r *Routing) requestCall(ctx context.Context, d dial) error {
	data, err := json.Marshal(d.fact())
	if err != nil {
		return fmt.Errorf("encode request of call: %w", err)
	}
	return r.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		fresh, err := r.store.insertDial(ctx, tx, d)
		if err != nil || !fresh {
			return err
		}
		_, err = tx.Append(ctx, eventlog.Event{
			Tenant: d.tenant, Stream: dialPrefix + d.id, Key: typeRequested, Type: typeRequested,
			At: d.createdAt, Received: d.createdAt, Timed: true, Data: data,
		})
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: d.tenant, Action: "outgoing-call.created", Object: "outgoing-call/" + d.id,
			After: map[string]string{"destination": d.destination, "agent": d.agent},
		})
	})
}

// dialerOf returns the connector that makes calls: the first that takes the
// vendor's actions, else the first that takes any. It is a Conflict when there
// is none.
func (r *Routing) dialerOf(ctx context.Context, tenant, wanted int64) (int64, error) {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	list, err := bus.Ask(asking, r.bus, ask.ListConnectors, tenant)
	if err != nil {
		return 0, fmt.Errorf("ask for connectors: %w", err)
	}
	list = slices.DeleteFunc(list, func(c ask.Connector) bool { return c.APIURL == "" || wanted != 0 && c.ID != wanted })
	slices.SortFunc(list, func(a, b ask.Connector) int {
		return cmp.Or(-cmp.Compare(number(a.Dialect == "delegate"), number(b.Dialect == "delegate")), cmp.Compare(a.ID, b.ID))
	})
	for _, c := range list {
		_, err := r.connectors.find(ctx, tenant, c.ID) // the list has deleted ones, too
		if err == nil {
			return c.ID, nil
		}
		if problem.Of(err).Kind != problem.NotFound {
			return 0, err
		}
	}
	return 0, problem.New(problem.Conflict, "outgoing_call.no_connector", "No phone system is connected that makes calls: give a connector the address of its API.")
}

// wanted is a call that a record asks for, and the command for it; nil when
// there is nobody to tell.
type wanted struct {
	dial

	command *command
}

// wishes returns the calls that records ask for.
func (r *Routing) wishes(ctx context.Context, records []eventlog.Record) ([]wanted, error) {
	var list []wanted
	for i := range records {
		record := &records[i]
		if record.Type != typeRequested {
			continue
		}
		var fact requestedFact
		if err := json.Unmarshal(record.Data, &fact); err != nil || dialPrefix+fact.ID != record.Stream {
			r.logger.WarnContext(ctx, "request of call not understood", "position", record.Position, "error", err)
			continue
		}
		w := wanted{dial: fact.dial(record.Tenant, record.Received)}
		if err := r.destineWish(ctx, &w.dial); err != nil {
			return nil, err
		}
		if w.connector == 0 {
			var err error
			if w.connector, err = r.dialerOf(ctx, record.Tenant, 0); err != nil && problem.Of(err).Kind != problem.Conflict {
				return nil, err
			}
		}
		if w.connector != 0 {
			c, err := r.dialCommand(&w.dial, record.Position, r.now().UnixMilli())
			if err != nil {
				return nil, err
			}
			w.command = &c
		}
		list = append(list, w)
	}
	return list, nil
}

// destineWish gives a call that nobody was named for to the first queue.
func (r *Routing) destineWish(ctx context.Context, d *dial) error {
	if d.destination != "" {
		return nil
	}
	queues, err := r.store.listQueues(ctx, d.tenant, "", 1)
	if err != nil {
		return err
	}
	for _, queue := range queues {
		d.destination, d.destinationType = queue.Number, destinationQueue
	}
	return nil
}

// writeWishes writes calls that are to be made with the commands for them.
func (r *Routing) writeWishes(ctx context.Context, tx *eventlog.Tx, list []wanted) error {
	var commands []command
	for _, w := range list {
		if _, err := r.store.insertDial(ctx, tx, w.dial); err != nil {
			return err
		}
		if w.command != nil {
			commands = append(commands, *w.command)
			continue
		}
		event, err := undialled(w.dial, r.now().UnixMilli())
		if err != nil {
			return err
		}
		if _, err := tx.Append(ctx, event); err != nil {
			return err
		}
	}
	return r.store.insertCommands(ctx, tx, commands)
}

// undialled is the fact that there was no phone system to make a call.
func undialled(d dial, now int64) (eventlog.Event, error) {
	data, err := json.Marshal(commandFact{Kind: kindDialer, Destination: d.destination, Reason: reasonNoConnector})
	if err != nil {
		return eventlog.Event{}, fmt.Errorf("encode missed command: %w", err)
	}
	return eventlog.Event{
		Tenant: d.tenant, Stream: dialPrefix + d.id, Key: typeMissed, Type: typeMissed, At: now, Received: now, Timed: true, Data: data,
	}, nil
}

// commandEvent is a fact of ours about a command.
func commandEvent(c command, typ string, data []byte) eventlog.Event {
	event := ownEvent(c.call, "command/"+c.id, typ, c.finishedAt, data) // one key for both outcomes: a command has one
	if c.kind == kindDialer {
		event.Stream = dialPrefix + c.call.CallID
	}
	return event
}

// findWishes answers [ask.FindWishes].
func (r *Routing) findWishes(ctx context.Context, q ask.WishesQuestion) (map[string]ask.Wish, error) {
	dials, err := r.store.findDials(ctx, q.Tenant, q.Codes)
	if err != nil {
		return nil, err
	}
	wishes := make(map[string]ask.Wish, len(dials))
	for _, d := range dials {
		wishes[d.id] = ask.Wish{By: d.by, Agent: d.agent, About: d.about}
	}
	return wishes, nil
}

// mayRead reports whether somebody who sees only their own calls sees d.
func (d *dial) mayRead(p identity.Principal) bool { return d.by == p.ID || d.agent == p.ID }
