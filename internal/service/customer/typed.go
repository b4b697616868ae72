// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"fmt"
	"time"

	"tandem/internal/call"
	"tandem/internal/eventlog"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/projection"
)

// reader looks at what is reported of calls: a CPF that a caller typed becomes
// their contact's if that has none, and what comes of a call with a person who
// was erased is overwritten. Neither is in a hurry, so it rests between what
// comes, and costs the log little.
func (c *Customer) reader() projection.Reader {
	return projection.Reader{Name: "customer", Batch: 1000, Rest: 2 * time.Second, Least: 250 * time.Millisecond, Prepare: c.prepare}
}

func (c *Customer) prepare(ctx context.Context, records []eventlog.Record) (projection.Write, error) {
	if err := c.redactLate(ctx, records); err != nil {
		return nil, err
	}
	var typed []eventlog.Record
	for _, r := range records {
		if r.Type == call.TypeCPF {
			typed = append(typed, r)
		}
	}
	if len(typed) == 0 {
		return nil, nil //nolint:nilnil // nothing to write
	}
	owners := make([]string, len(typed))
	for i, r := range typed {
		var err error
		if owners[i], err = c.ownerOf(ctx, r); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, tx *eventlog.Tx) error {
		for i, r := range typed {
			if err := c.attach(ctx, tx, r, owners[i]); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// ownerOf returns the contact whose number a record's call is of; "" for none.
func (c *Customer) ownerOf(ctx context.Context, r eventlog.Record) (string, error) {
	connector, callID, ok := live.ParseStream(r.Stream)
	if !ok {
		return "", nil
	}
	calls, err := c.live.FindRefs(ctx, r.Tenant, []live.Ref{{Connector: connector, CallID: callID}})
	if err != nil || len(calls) == 0 || calls[0].MatchKey == "" {
		return "", err
	}
	claims, err := c.store.findClaims(ctx, c.store.db, r.Tenant, []string{calls[0].MatchKey})
	return claims[calls[0].MatchKey].contact, err
}

// attach gives a contact the CPF that a record says, if it is one and the
// contact has none.
func (c *Customer) attach(ctx context.Context, tx *eventlog.Tx, r eventlog.Record, contact string) error {
	event, err := call.Decode(r.Type, r.Key, r.At, r.Data)
	if err != nil || contact == "" {
		return nil //nolint:nilerr // what cannot be read says nothing
	}
	cpf := cleanCPF(event.CPF)
	before, err := c.store.findAny(ctx, tx, r.Tenant, contact)
	if err != nil {
		return fmt.Errorf("find whose CPF was typed: %w", err)
	}
	if !validCPF(cpf) || before.Deleted || before.CPF != "" {
		return nil
	}
	after := before
	after.CPF, after.UpdatedAt = cpf, max(before.UpdatedAt, r.Received)
	return c.rewrite(ctx, tx, r.Tenant, typeChanged, before, after)
}

// redactLate overwrites what was reported of calls with a person after that
// person was erased.
func (c *Customer) redactLate(ctx context.Context, records []eventlog.Record) error {
	byTenant := map[int64][]string{}
	for _, r := range records {
		if _, _, ok := live.ParseStream(r.Stream); ok {
			byTenant[r.Tenant] = with(byTenant[r.Tenant], r.Stream)
		}
	}
	for tenant, streams := range byTenant {
		erased, err := c.store.erasedCalls(ctx, tenant, streams)
		if err != nil {
			return err
		}
		if len(erased) == 0 {
			continue
		}
		nobody := &module.Person{Tenant: tenant}
		var late []eventlog.Redacted
		for _, r := range records {
			if r.Tenant != tenant || !erased[r.Stream] {
				continue
			}
			data, err := redactedOf(nobody, r, true)
			if err != nil {
				return err
			}
			late = append(late, eventlog.Redacted{Position: r.Position, Data: data})
		}
		err = c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return tx.Redact(ctx, tenant, late...) })
		if err != nil {
			return err
		}
		for stream := range erased {
			if err := c.live.Renew(ctx, c.log, tenant, stream); err != nil {
				return err
			}
		}
	}
	return nil
}
