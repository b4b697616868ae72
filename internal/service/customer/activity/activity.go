// SPDX-License-Identifier: Apache-2.0

// Package activity keeps what was done with contacts: notes, reminders,
// messages and calls, and which callers nobody has got back to.
//
// People write the first three. Calls are written by Tandem: a reader of the
// log makes one entry of each call that has ended and whose number is a
// contact's. Such an entry is a function of its call, so that late events
// correct it and reading the log again changes nothing.
package activity

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/module"
	"tandem/internal/projection"
	"tandem/internal/search"
	"tandem/internal/tenant"
)

// Tables holds the migrations of the tables this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

// The types of activity.
const (
	TypeNote     = "note"
	TypeCallLog  = "calllog"
	TypeReminder = "reminder"
	TypeSMS      = "sms"
)

// Where an activity comes from.
const (
	OriginLog = "log" // Tandem wrote it about a call
	OriginAPI = "api" // a person or program did
)

// The states of a reminder and of a message.
const (
	Unchecked = "unchecked"
	Checked   = "checked"

	Pending = "pending" // nobody has said what became of it
	Sent    = "sent"
	Failed  = "failed"
)

// Activity is something that was done, or is to be done, with a contact. Times
// are Unix milliseconds.
type Activity struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Origin    string `json:"origin"`
	Creator   string `json:"creator"` // id of the user or key; "" for a call that no agent of ours had
	ContactID string `json:"contact_id"`
	Text      string `json:"text"`
	Body      Body   `json:"body"`
	Call      int64  `json:"call,omitempty"` // id of the call that an entry of the log is about
	At        int64  `json:"at"`             // its place in the history: when a call began, else CreatedAt
	CreatedAt int64  `json:"created_at"`
	UpdatedAt int64  `json:"updated_at"`
	Deleted   bool   `json:"deleted"`

	erased bool
}

// Body is what belongs to the type of an activity.
type Body struct {
	Status string `json:"status,omitempty"` // all but notes

	CallLogID   string `json:"id_calllog,omitempty"`
	Duration    int64  `json:"duration,omitempty"` // seconds
	Direction   string `json:"direction,omitempty"`
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
	Start       int64  `json:"start,omitempty"`
	End         int64  `json:"end,omitempty"`

	RemindedAgent string `json:"reminded_agent,omitempty"` // id
	DueAt         int64  `json:"due_at,omitempty"`

	To    string `json:"to,omitempty"`    // number of an sms
	Error string `json:"error,omitempty"` // why an sms was not sent
}

// search is what a search for the activity looks through.
func (a *Activity) search() string {
	return search.Text(a.Text, a.Body.Source, a.Body.Destination, a.Body.To)
}

// Options is what the service uses.
type Options struct {
	Log      *eventlog.Log
	Database *db.DB
	Bus      *bus.Bus
	Live     *live.Live
	Tenants  *tenant.Directory
	Now      func() time.Time // nil for the machine's clock
}

// Activities is the service. It is safe for concurrent use.
type Activities struct {
	log     *eventlog.Log
	bus     *bus.Bus
	live    *live.Live
	tenants *tenant.Directory
	clock   func() time.Time
	store   store
}

// New returns the service. It touches nothing before its module runs.
func New(o Options) *Activities {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Activities{log: o.Log, bus: o.Bus, live: o.Live, tenants: o.Tenants, clock: o.Now, store: store{o.Database}}
}

// Module returns the service as a part of the product.
func (s *Activities) Module(api *httpapi.API) module.Module {
	return module.Module{Name: "activity", Tables: Tables, Routes: s.routes(api), Run: s.Run}
}

// Run follows the log and has reminders fall due until ctx ends.
func (s *Activities) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return projection.Follow(ctx, s.log, s.store.db, s.bus, s.reader()) })
	group.Go(func() error { return s.remind(ctx) })
	return group.Wait()
}

func (s *Activities) now() int64 { return s.clock().UnixMilli() }

// isID reports whether text may be an id of ours; nothing else is looked for.
func isID(text string) bool {
	return uuid.Validate(text) == nil && strings.ToLower(text) == text && len(text) == 36
}

// newID returns an id whose order is the order of creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make id: %w", err)
	}
	return id.String(), nil
}
