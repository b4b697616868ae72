// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/internal/audit"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/service/customer/contactfile"
	"tandem/internal/tenant"
)

// The states of an import.
const (
	importUploading = "uploading" // nobody sees it
	importUploaded  = "uploaded"
	importRunning   = "running"
	importStopped   = "stopped" // by a person, or by a fault; it can go on
	importDone      = "done"
	importUndoing   = "undoing"
	importUndone    = "undone"
)

// What happens to a row that is a contact already.
const (
	duplicateSkip   = "skip"
	duplicateUpdate = "update"
	duplicateCreate = "create"
)

// errorsShown is how many errors of an import are kept; the others are counted.
const errorsShown = 100

// Import is a file of contacts on its way in. Times are Unix milliseconds.
type Import struct {
	ID, State, Creator string

	About    importAbout
	Plan     importPlan
	Progress importProgress

	CreatedAt, StartedAt, FinishedAt int64

	tenant    int64
	nextChunk int64
	step      int64
	owner     string
	beatAt    int64
}

// importAbout is what a file is.
type importAbout struct {
	Name      string              `json:"name"`
	Format    contactfile.Format  `json:"format"`
	Encoding  string              `json:"encoding"`
	Columns   []string            `json:"columns"`
	Suggested []contactfile.Field `json:"suggested"`
	Bytes     int64               `json:"bytes"`
	Rows      int64               `json:"rows"`
	Chunks    int64               `json:"chunks"`
}

// importPlan is what is to be done with a file.
type importPlan struct {
	Mapping     []contactfile.Field `json:"mapping,omitempty"` // one for each column
	OnDuplicate string              `json:"on_duplicate,omitempty"`
}

// importProgress is what has been done, in rows of the file.
type importProgress struct {
	Done    int64 `json:"done"`
	Created int64 `json:"created"`
	Changed int64 `json:"changed"`
	Same    int64 `json:"same"`    // nothing of the row was new
	Skipped int64 `json:"skipped"` // duplicates
	Invalid int64 `json:"invalid"`

	Errors      []rowError `json:"errors,omitempty"` // the first of them
	ErrorsTotal int64      `json:"errors_total"`

	Written  int64 `json:"written"`  // contacts, each once per chunk
	Undone   int64 `json:"undone"`   // of those
	Removed  int64 `json:"removed"`  // contacts that undoing has deleted
	Restored int64 `json:"restored"` // contacts that are again what they were
	Kept     int64 `json:"kept"`     // contacts that others had changed since

	Fault string `json:"fault,omitempty"` // why it stopped by itself

	PacedAt   int64 `json:"paced_at"` // since when its pace is measured
	PacedDone int64 `json:"paced_done"`
}

// rowError is what is wrong with one row. It does not repeat the value, which
// is somebody's.
type rowError struct {
	Row    int    `json:"row" doc:"Line of a CSV file, that of the columns being 1; of vCards which one"`
	Field  string `json:"field" doc:"What of the contact; empty when it is the row as a whole"`
	Detail string `json:"detail"`
}

func (p *importProgress) fault(errors []rowError) {
	if len(errors) == 0 {
		return
	}
	p.Invalid++
	p.ErrorsTotal += int64(len(errors))
	room := max(0, errorsShown-len(p.Errors))
	p.Errors = append(p.Errors, errors[:min(room, len(errors))]...)
}

// pace returns how many rows a second are done, and how long the rest takes;
// 0 when nobody knows.
func (i *Import) pace() (perSecond float64, rest time.Duration) {
	p := i.Progress
	done, total := p.Done-p.PacedDone, i.About.Rows-p.Done
	if i.State == importUndoing {
		done, total = p.Undone-p.PacedDone, p.Written-p.Undone
	}
	took := time.Duration(i.beatAt-p.PacedAt) * time.Millisecond
	if done <= 0 || took <= 0 {
		return 0, 0
	}
	perSecond = float64(done) / took.Seconds()
	return perSecond, time.Duration(float64(total) / perSecond * float64(time.Second))
}

// checkMapping refuses a mapping that does not fit the file, or from which no
// contact could come.
func (i *Import) checkMapping(mapping []contactfile.Field) error {
	var fields []problem.Field
	if len(mapping) != len(i.About.Columns) {
		return problem.NewFields("contact_import.bad_mapping", "The mapping does not fit the file.",
			problem.Field{Name: "body.mapping", Detail: fmt.Sprintf("must have %d members, one for each column", len(i.About.Columns))})
	}
	at := map[contactfile.Field]int{}
	for n, field := range mapping {
		name := fmt.Sprintf("body.mapping[%d]", n)
		other, twice := at[field]
		switch {
		case field == contactfile.LeftOut:
			continue
		case !slices.Contains(contactfile.Fields, field):
			fields = append(fields, problem.Field{Name: name, Detail: "must be empty or one of " + fieldNames()})
		case twice && field != contactfile.Number:
			fields = append(fields, problem.Field{Name: name, Detail: fmt.Sprintf("is what column %d is already", other+1)})
		}
		at[field] = n
	}
	if len(fields) == 0 && !slices.ContainsFunc(mapping, tells) {
		fields = append(fields, problem.Field{Name: "body.mapping", Detail: "must say which column has names, numbers or e-mail addresses"})
	}
	if len(fields) > 0 {
		return problem.NewFields("contact_import.bad_mapping", "The mapping does not fit the file.", fields...)
	}
	return nil
}

// tells reports whether a field alone makes a contact.
func tells(field contactfile.Field) bool {
	return field != contactfile.LeftOut && field != contactfile.Gender && field != contactfile.CPF && field != contactfile.Avatar
}

func fieldNames() string {
	names := make([]string, len(contactfile.Fields))
	for i, field := range contactfile.Fields {
		names[i] = string(field)
	}
	return strings.Join(names, ", ")
}

// StartImport begins to import a file that was uploaded. Nothing is written
// when the call centre may not have so many contacts or imports: that is a
// TooMany problem.
func (c *Customer) StartImport(ctx context.Context, t identity.Tenant, id string, plan importPlan) (Import, error) {
	i, err := c.store.findImport(ctx, c.store.db, t.ID, id)
	if err != nil {
		return Import{}, err
	}
	if err := i.checkMapping(plan.Mapping); err != nil {
		return Import{}, err
	}
	if err := c.importRoom(ctx, t, i, plan); err != nil {
		return Import{}, err
	}
	limits, err := c.tenants.Limits(ctx, t.ID)
	if err != nil {
		return Import{}, err
	}
	return c.turnImport(ctx, t, id, []string{importUploaded}, func(ctx context.Context, tx *eventlog.Tx, i *Import) error {
		now := c.now()
		today, err := c.store.countImports(ctx, tx, t.ID, now.Truncate(24*time.Hour).UnixMilli())
		if err != nil {
			return err
		}
		if err := tenant.RoomToday("imports", limits.ImportsPerDay, today, 1, now); err != nil {
			return err
		}
		i.State, i.Plan, i.StartedAt = importRunning, plan, now.UnixMilli()
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: t.ID, Action: "contact_import.started", Object: "contact_import/" + id, After: i.summary(),
		})
	})
}

// importRoom refuses an import that would bring more contacts than a call
// centre may have. How many it brings is counted only where it matters.
func (c *Customer) importRoom(ctx context.Context, t identity.Tenant, i Import, plan importPlan) error {
	all := c.room(ctx, t, i.About.Rows)
	if problem.Of(all).Kind != problem.TooMany || i.State != importUploaded {
		return all
	}
	counts, err := c.TryImport(ctx, t, i.ID, plan.Mapping)
	if err != nil {
		return err
	}
	more := counts.New
	if plan.OnDuplicate == duplicateCreate {
		more += counts.Changed + counts.Same
	}
	return c.room(ctx, t, more)
}

// CountImportsToday counts the imports that a call centre has started since
// midnight, UTC.
func (c *Customer) CountImportsToday(ctx context.Context, tenant int64) (int64, error) {
	return c.store.countImports(ctx, c.store.db, tenant, c.now().Truncate(24*time.Hour).UnixMilli())
}

// StopImport lets a running import go no further.
func (c *Customer) StopImport(ctx context.Context, t identity.Tenant, id string) (Import, error) {
	return c.turnImport(ctx, t, id, []string{importRunning}, func(_ context.Context, _ *eventlog.Tx, i *Import) error {
		i.State, i.FinishedAt = importStopped, c.now().UnixMilli()
		return nil
	})
}

// ResumeImport lets a stopped import go on where it stopped.
func (c *Customer) ResumeImport(ctx context.Context, t identity.Tenant, id string) (Import, error) {
	return c.turnImport(ctx, t, id, []string{importStopped}, func(_ context.Context, _ *eventlog.Tx, i *Import) error {
		i.State, i.FinishedAt, i.Progress.Fault = importRunning, 0, ""
		return nil
	})
}

// UndoImport deletes what an import created and puts back what it changed,
// unless somebody has changed it since.
func (c *Customer) UndoImport(ctx context.Context, t identity.Tenant, id string) (Import, error) {
	return c.turnImport(ctx, t, id, []string{importDone, importStopped}, func(ctx context.Context, tx *eventlog.Tx, i *Import) error {
		i.State, i.FinishedAt, i.nextChunk, i.step = importUndoing, 0, 0, 0
		return audit.Record(ctx, tx, audit.Entry{
			Tenant: t.ID, Action: "contact_import.undone", Object: "contact_import/" + id, Before: i.summary(),
		})
	})
}

// DiscardImport forgets a file that was uploaded and not imported.
func (c *Customer) DiscardImport(ctx context.Context, t identity.Tenant, id string) error {
	return c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		i, err := c.store.findImport(ctx, tx, t.ID, id)
		if err != nil {
			return err
		}
		if i.State != importUploaded {
			return i.notNow()
		}
		return c.store.deleteImport(ctx, tx, t.ID, id)
	})
}

// turnImport brings an import from one of some states to another.
func (c *Customer) turnImport(ctx context.Context, t identity.Tenant, id string, from []string,
	turn func(context.Context, *eventlog.Tx, *Import) error,
) (Import, error) {
	var i Import
	err := c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		var err error
		if i, err = c.store.findImport(ctx, tx, t.ID, id); err != nil {
			return err
		}
		if !slices.Contains(from, i.State) {
			return i.notNow()
		}
		if err := turn(ctx, tx, &i); err != nil {
			return err
		}
		i.owner, i.beatAt = "", 0 // whoever looks first takes it
		return c.store.turnImport(ctx, tx, i)
	})
	if err == nil {
		c.imports.wakeUp()
	}
	return i, err
}

func (i *Import) notNow() error {
	return problem.New(problem.Conflict, "contact_import.not_now", "That cannot be done with an import that is %s.", i.State)
}

// summary is what the audit trail says of an import.
func (i *Import) summary() any {
	return struct {
		File        string              `json:"file"`
		Rows        int64               `json:"rows"`
		Mapping     []contactfile.Field `json:"mapping"`
		OnDuplicate string              `json:"on_duplicate"`
		Created     int64               `json:"created"`
		Changed     int64               `json:"changed"`
	}{i.About.Name, i.About.Rows, i.Plan.Mapping, i.Plan.OnDuplicate, i.Progress.Created, i.Progress.Changed}
}
