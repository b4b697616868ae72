// SPDX-License-Identifier: Apache-2.0

package user

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/search"
	"tandem/internal/tenant"
)

// The devices that an agent talks with.
const (
	DeviceSIP     = "sip"     // a phone or program that registers with a SIP account
	DeviceBrowser = "browser" // Tandem's own, in the console
	DevicePhone   = "phone"   // any other, which the phone system knows by its extension
)

// Agent is somebody who works in a call centre: whoever may sign in there,
// its administrators too. Times are Unix milliseconds.
type Agent struct {
	User // Role is the id of a role

	IDSip       string   // SIP account; "" for none
	Device      string   // DeviceSIP, DeviceBrowser or DevicePhone
	Queues      []string // numbers
	Creator     string   // id of the user or key; "" for Tandem itself
	CreatedAt   int64
	UpdatedAt   int64
	Deleted     bool
	HasPassword bool // false until an invitation is accepted
}

var queueForm = regexp.MustCompile(`^[0-9A-Za-z*#+._-]{1,64}$`)

// check returns what is wrong with the agent's own words.
func (a Agent) check() []problem.Field {
	n := NewUser{Tenant: a.Tenant, Login: a.Login, Name: a.Name, Email: a.Email, Extension: a.Extension}
	fields := n.checkWords()
	fault := func(name, detail string) { fields = append(fields, problem.Field{Name: name, Detail: detail}) }
	if !slices.Contains([]string{DeviceSIP, DeviceBrowser, DevicePhone}, a.Device) {
		fault("device", "must be sip, browser or phone")
	}
	for i, queue := range a.Queues {
		if !queueForm.MatchString(queue) {
			fault(fmt.Sprintf("queues[%d]", i), "must be the number of a queue")
		}
	}
	for i := range fields {
		fields[i].Name = "body." + fields[i].Name
	}
	return fields
}

func badAgent(fields ...problem.Field) error {
	if len(fields) == 0 {
		return nil
	}
	return problem.NewFields("agent.invalid", "The agent cannot be kept so.", fields...)
}

// checkQueues returns what is wrong with the queues of an agent. Routing knows
// which there are.
func (u *Users) checkQueues(ctx context.Context, t identity.Tenant, a Agent) ([]problem.Field, error) {
	if len(a.Queues) == 0 {
		return nil, nil
	}
	known, err := bus.Ask(ctx, u.Bus, ask.ListQueues, t.ID)
	if err != nil {
		return nil, err
	}
	var fields []problem.Field
	for i, queue := range a.Queues {
		if _, ok := known[queue]; !ok {
			fields = append(fields, problem.Field{Name: fmt.Sprintf("body.queues[%d]", i), Detail: "is no queue of this call centre"})
		}
	}
	return fields, nil
}

// checkReferences returns what is wrong with the agent beside others, as they
// are within tx, and refuses a role that whoever asks may not give. Before is
// the zero Agent for a new one.
func (u *Users) checkReferences(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, before, after Agent) error {
	var fields []problem.Field
	given, err := u.store.findRole(ctx, tx, t.ID, after.Role)
	switch {
	case problem.Of(err).Kind == problem.NotFound:
		fields = append(fields, problem.Field{Name: "body.role", Detail: "is no role of this call centre"})
	case err != nil:
		return err
	case before.Role != after.Role || before.Deleted:
		if err := mayHandle(ctx, given.may()); err != nil {
			return err
		}
	}
	if after.IDSip != "" {
		_, err := u.store.findSIPAccount(ctx, tx, t.ID, after.IDSip, false)
		switch {
		case problem.Of(err).Kind == problem.NotFound:
			fields = append(fields, problem.Field{Name: "body.idSip", Detail: "is no SIP account of this call centre"})
		case err != nil:
			return err
		}
	}
	return badAgent(fields...)
}

// CreateAgent adds an agent. Without a password they cannot sign in until they
// have accepted an invitation.
func (u *Users) CreateAgent(ctx context.Context, t identity.Tenant, a Agent, password string) (Agent, error) {
	return u.createOne(ctx, t, a, password, u.Log.Transact)
}

// transact writes, as [eventlog.Log.Transact] does, or only tries to.
type transact func(context.Context, func(context.Context, *eventlog.Tx) error) error

func (u *Users) createOne(ctx context.Context, t identity.Tenant, a Agent, password string, write transact) (Agent, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Agent{}, err
	}
	who, _ := identity.From(ctx)
	a.Tenant, a.ID, a.Creator, a.CreatedAt, a.Deleted = t.ID, id.String(), who.ID, u.now(), false
	a.UpdatedAt = a.CreatedAt
	a.normalize()
	fields := a.check()
	if password != "" {
		for _, f := range checkPassword(password) {
			fields = append(fields, problem.Field{Name: "body." + f.Name, Detail: f.Detail})
		}
	}
	if err := u.checkAlone(ctx, t, a, fields); err != nil {
		return Agent{}, err
	}
	hash := ""
	if password != "" {
		if hash, err = u.passwords.hash(ctx, password); err != nil {
			return Agent{}, err
		}
		a.HasPassword = true
	}
	err = write(ctx, func(ctx context.Context, tx *eventlog.Tx) error { return u.addAgent(ctx, tx, t, a, hash) })
	if err != nil {
		return Agent{}, err
	}
	u.changed()
	return a, nil
}

func (u *Users) addAgent(ctx context.Context, tx *eventlog.Tx, t identity.Tenant, a Agent, hash string) error {
	if err := u.checkRoom(ctx, tx, t); err != nil {
		return err
	}
	if err := u.checkReferences(ctx, tx, t, Agent{}, a); err != nil {
		return err
	}
	if err := u.store.addUser(ctx, tx.Tx, account{a, hash}); err != nil {
		return err
	}
	return u.recordAgent(ctx, tx, "created", nil, a)
}

// checkRoom refuses one agent more than a call centre may have.
func (u *Users) checkRoom(ctx context.Context, tx *eventlog.Tx, t identity.Tenant) error {
	limits, err := u.Tenants.Limits(ctx, t.ID)
	if err != nil {
		return err
	}
	has, err := u.store.countAgents(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	return tenant.Room("agents", limits.Agents, has, 1)
}

// normalize writes an agent's words as they are stored.
func (a *Agent) normalize() {
	a.Login = normalLogin(a.Login)
	a.Email = strings.ToLower(strings.TrimSpace(a.Email))
	if a.Name = strings.TrimSpace(a.Name); a.Name == "" {
		a.Name = a.Login
	}
	if a.Role == "" {
		a.Role = RoleAgent
	}
	if a.Device == "" {
		a.Device = DeviceSIP
	}
	var queues []string
	for _, queue := range a.Queues {
		if !slices.Contains(queues, queue) {
			queues = append(queues, queue)
		}
	}
	a.Queues = queues
}

// search is what a search for the agent looks through.
func (a Agent) search() string { return search.Text(a.Name, a.Login, a.Email, a.Extension, a.IDSip) }

// checkAlone checks what needs no transaction, beside the faults that are known.
func (u *Users) checkAlone(ctx context.Context, t identity.Tenant, a Agent, fields []problem.Field) error {
	if len(fields) == 0 {
		var err error
		if fields, err = u.checkQueues(ctx, t, a); err != nil {
			return err
		}
	}
	return badAgent(fields...)
}

// UpdateAgent changes what change changes of an agent. Their role's rights are
// other ones at once.
func (u *Users) UpdateAgent(ctx context.Context, t identity.Tenant, id string, change func(*Agent)) (Agent, error) {
	return u.updateOne(ctx, t, id, change, u.Log.Transact)
}

func (u *Users) updateOne(ctx context.Context, t identity.Tenant, id string, change func(*Agent), write transact) (Agent, error) {
	// Other services are asked before the transaction, which must not wait for them.
	planned, err := u.store.findAgent(ctx, u.Database, t.ID, id, false)
	if err != nil {
		return Agent{}, err
	}
	change(&planned)
	planned.normalize()
	if err := u.checkAlone(ctx, t, planned, planned.check()); err != nil {
		return Agent{}, err
	}
	return u.changeAgent(ctx, t, agentChange{id: id, action: "changed", write: write, work: func(
		ctx context.Context, tx *eventlog.Tx, before Agent, a *Agent,
	) error {
		change(a)
		a.normalize()
		return u.checkReferences(ctx, tx, t, before, *a)
	}})
}

// DeleteAgent hides an agent, whose sessions, links and login end at once. The
// last one who has all rights of an administrator stays.
func (u *Users) DeleteAgent(ctx context.Context, t identity.Tenant, id string) error {
	_, err := u.changeAgent(ctx, t, agentChange{id: id, action: "deleted", write: u.Log.Transact, work: func(
		ctx context.Context, tx *eventlog.Tx, _ Agent, a *Agent,
	) error {
		a.Deleted = true
		return u.store.endAccess(ctx, tx, t.ID, id)
	}})
	return err
}

// RestoreAgent shows a deleted agent again, with the login and password they
// had. A SIP account that is gone by now they no longer have.
func (u *Users) RestoreAgent(ctx context.Context, t identity.Tenant, id string) (Agent, error) {
	return u.changeAgent(ctx, t, agentChange{id: id, deleted: true, action: "restored", write: u.Log.Transact, work: func(
		ctx context.Context, tx *eventlog.Tx, before Agent, a *Agent,
	) error {
		if err := u.checkRoom(ctx, tx, t); err != nil {
			return err
		}
		a.Deleted = false
		if a.IDSip != "" {
			if _, err := u.store.findSIPAccount(ctx, tx, t.ID, a.IDSip, false); problem.Of(err).Kind == problem.NotFound {
				a.IDSip = ""
			} else if err != nil {
				return err
			}
		}
		return u.checkReferences(ctx, tx, t, before, *a)
	}})
}

// agentChange is one change of an agent.
type agentChange struct {
	id      string
	deleted bool   // the agent is so before
	action  string // for the audit trail
	write   transact
	work    func(ctx context.Context, tx *eventlog.Tx, before Agent, after *Agent) error
}

// changeAgent changes an agent that is deleted or not, if whoever asks may all
// that the agent may: a changed login or e-mail address is a way into the
// account.
func (u *Users) changeAgent(ctx context.Context, t identity.Tenant, c agentChange) (after Agent, err error) {
	err = c.write(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		before, err := u.store.findAgent(ctx, tx, t.ID, c.id, c.deleted)
		if err != nil {
			return err
		}
		if err := u.mayHandleAgent(ctx, tx, before.User); err != nil {
			return err
		}
		return u.keepAdministered(ctx, tx, t.ID, func() error {
			a := before
			a.Queues = slices.Clone(before.Queues)
			if err := c.work(ctx, tx, before, &a); err != nil {
				return err
			}
			a.UpdatedAt = u.now()
			after = a
			if err := u.store.updateAgent(ctx, tx, before, a); err != nil {
				return err
			}
			return u.recordAgent(ctx, tx, c.action, &before, a)
		})
	})
	if err != nil {
		return Agent{}, err
	}
	u.changed()
	return after, nil
}

// mayHandleAgent returns nil if whoever asks may all that an agent may.
func (u *Users) mayHandleAgent(ctx context.Context, tx *eventlog.Tx, who User) error {
	has, err := u.store.findRole(ctx, tx, who.Tenant, who.Role)
	if problem.Of(err).Kind == problem.NotFound {
		return nil // whoever has a role that is gone may nothing
	}
	if err != nil {
		return err
	}
	return mayHandle(ctx, has.may())
}

// recordAgent writes down what happened to an agent, for people and for
// programs.
func (u *Users) recordAgent(ctx context.Context, tx *eventlog.Tx, action string, before *Agent, after Agent) error {
	entry := audit.Entry{Tenant: after.Tenant, Action: "agent." + action, Object: "agent/" + after.ID, After: agentOnWire(after)}
	if before != nil {
		entry.Before = agentOnWire(*before)
	}
	if err := audit.Record(ctx, tx, entry); err != nil {
		return err
	}
	return u.recordWithQueues(ctx, tx, after, action)
}
