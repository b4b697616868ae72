// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// The dialects: what a phone system sends, and how it wants its commands.
const (
	Delegate    = "delegate"     // flat events; {"type":"delegate","destination":"900"}
	CallWaiting = "call.waiting" // events in an envelope; {"type":"call.waiting","destination":900}
)

const (
	keyLength      = 16 // random bytes of a key
	toleranceUsual = 5 * time.Minute
	toleranceMax   = 24 * time.Hour
	staleUsual     = 4 * time.Hour
	staleMin       = time.Minute
	staleMax       = 30 * 24 * time.Hour
	urlBytesMax    = 2048
	userBytesMax   = 256
)

// Connector is a phone system that is connected.
type Connector struct {
	Tenant         int64
	ID             int64 // unique in the installation
	Name           string
	Dialect        string // Delegate or CallWaiting
	APIURL         string // where commands go; "" if it takes none
	APIUser        string
	ClockTolerance time.Duration // how far its clock may be from ours before people are told
	StaleAfter     time.Duration // a call of which nothing is heard for so long is over
	CreatedAt      int64         // Unix ms

	Key string // the credential of its webhooks, for its administrators
}

// NewConnector is a connector to be made, or what an existing one shall be.
// Zero durations stand for the usual ones.
type NewConnector struct {
	Name           string
	Dialect        string
	APIURL         string
	APIUser        string
	APIPassword    *string // nil leaves it as it is
	ClockTolerance time.Duration
	StaleAfter     time.Duration
	Key            string // "" for a random one when it is made, and for the present one later
}

// The form of names: a name is a part of the user of HTTP Basic.
var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$`)

// check returns the problems of n, and sets what was left out.
func (n *NewConnector) check() error {
	if n.ClockTolerance == 0 {
		n.ClockTolerance = toleranceUsual
	}
	if n.StaleAfter == 0 {
		n.StaleAfter = staleUsual
	}
	var fields []problem.Field
	fault := func(name, detail string) {
		fields = append(fields, problem.Field{Name: "body." + name, Detail: detail})
	}
	if !nameForm.MatchString(n.Name) {
		fault("name", "must be 1 to 63 lower-case letters, digits, dots, hyphens and underscores")
	}
	if n.Dialect != Delegate && n.Dialect != CallWaiting {
		fault("dialect", "must be delegate or call.waiting")
	}
	if detail := faultOfURL(n.APIURL); detail != "" {
		fault("apiUrl", detail)
	}
	if !isText(n.APIUser, userBytesMax) || strings.Contains(n.APIUser, ":") {
		fault("apiUser", "must have at most 256 characters and no colon")
	}
	if n.APIPassword != nil && !isText(*n.APIPassword, userBytesMax) {
		fault("apiPassword", "must have at most 256 characters")
	}
	if n.ClockTolerance < 0 || n.ClockTolerance > toleranceMax {
		fault("clockToleranceSeconds", "must be at most a day")
	}
	if n.StaleAfter < staleMin || n.StaleAfter > staleMax {
		fault("staleAfterSeconds", "must be between one minute and 30 days")
	}
	if len(n.Key) > keyBytesMax || !isText(n.Key, keyBytesMax) || url.PathEscape(n.Key) != n.Key {
		fault("key", "must be able to stand in a path")
	}
	if len(fields) > 0 {
		return problem.NewFields("connector.invalid", "The connector cannot be so.", fields...)
	}
	return nil
}

func faultOfURL(text string) string {
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > urlBytesMax || !isText(text, urlBytesMax):
		return "must be a URL"
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "must begin with http:// or https:// and name a host"
	case u.User != nil:
		return "must not hold a credential; use apiUser and apiPassword"
	case u.Fragment != "":
		return "must not have a fragment"
	}
	return ""
}

// CreateConnector connects a phone system. A name that is taken is a Conflict.
func (i *Ingest) CreateConnector(ctx context.Context, tenant int64, n NewConnector) (Connector, error) {
	if err := n.check(); err != nil {
		return Connector{}, err
	}
	if n.Key == "" {
		key := make([]byte, keyLength)
		rand.Read(key) // never fails: crypto/rand ends the program instead
		n.Key = hex.EncodeToString(key)
	}
	r := row{Connector: Connector{Tenant: tenant, CreatedAt: i.Now().UnixMilli()}}
	return i.change(ctx, &r, n, "created")
}

// UpdateConnector makes a connector what n says; NotFound when there is none.
func (i *Ingest) UpdateConnector(ctx context.Context, tenant, id int64, n NewConnector) (Connector, error) {
	if err := n.check(); err != nil {
		return Connector{}, err
	}
	r, err := i.store.find(ctx, tenant, id)
	if err != nil {
		return Connector{}, err
	}
	return i.change(ctx, &r, n, "changed")
}

// EnsureConnector makes that a tenant has a connector with n's name and that
// it is what n says. It writes nothing when it is so already.
func (i *Ingest) EnsureConnector(ctx context.Context, tenant int64, n NewConnector) (Connector, error) {
	if err := n.check(); err != nil {
		return Connector{}, err
	}
	r, err := i.store.findByName(ctx, tenant, n.Name)
	if problem.Of(err).Kind == problem.NotFound {
		return i.CreateConnector(ctx, tenant, n)
	}
	if err != nil {
		return Connector{}, err
	}
	same, err := i.is(&r, n)
	if err != nil || same {
		return r.Connector, err
	}
	return i.change(ctx, &r, n, "changed")
}

// is reports whether a stored connector is what n says; it opens its key.
func (i *Ingest) is(r *row, n NewConnector) (bool, error) {
	if err := i.open(r); err != nil {
		return false, err
	}
	password, err := i.Box.Open(purpose(r, "password"), r.passwordSealed)
	if err != nil {
		return false, fmt.Errorf("open password of connector %s: %w", r.Name, err)
	}
	return r.Dialect == n.Dialect && r.APIURL == n.APIURL && r.APIUser == n.APIUser && r.ClockTolerance == n.ClockTolerance &&
		r.StaleAfter == n.StaleAfter && (n.Key == "" || n.Key == r.Key) && (n.APIPassword == nil || *n.APIPassword == password), nil
}

// DeleteConnector ends a connection: its credential is refused from now on.
// Its calls stay, and keep its name.
func (i *Ingest) DeleteConnector(ctx context.Context, tenant, id int64) error {
	r, err := i.store.find(ctx, tenant, id)
	if err != nil {
		return err
	}
	r.deleted = true
	return i.write(ctx, &r, "deleted")
}

// change writes what n says into r.
func (i *Ingest) change(ctx context.Context, r *row, n NewConnector, action string) (Connector, error) {
	if err := i.open(r); err != nil {
		return Connector{}, err
	}
	if n.Key != "" {
		r.Key = n.Key
	}
	r.Name, r.Dialect, r.APIURL, r.APIUser = n.Name, n.Dialect, n.APIURL, n.APIUser
	r.ClockTolerance, r.StaleAfter = n.ClockTolerance, n.StaleAfter
	if n.APIPassword != nil {
		r.passwordSealed = i.Box.Seal(purpose(r, "password"), *n.APIPassword)
	}
	sum := sha256.Sum256([]byte(r.Key))
	r.keyHash, r.keySealed = hex.EncodeToString(sum[:]), i.Box.Seal(purpose(r, "key"), r.Key)
	err := i.write(ctx, r, action)
	return r.Connector, err
}

// purpose binds a sealed secret to its tenant and column. It does not name the
// connector, whose id is only known inside the transaction that adds it.
func purpose(r *row, column string) string {
	return fmt.Sprintf("ingest_connectors/%d/%s", r.Tenant, column)
}

// open reads r's key, so that it can be shown.
func (i *Ingest) open(r *row) (err error) {
	if r.Key, err = i.Box.Open(purpose(r, "key"), r.keySealed); err != nil {
		return fmt.Errorf("open key of connector %s: %w", r.Name, err)
	}
	return nil
}

// write stores r and says so in the log, then to everyone.
func (i *Ingest) write(ctx context.Context, r *row, action string) error {
	p, _ := identity.From(ctx)
	isNew := r.ID == 0
	err := i.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
		if isNew {
			if r.ID, err = nextConnector(ctx, tx.Tx); err != nil {
				return err
			}
		}
		if !r.deleted {
			if err := checkFree(ctx, tx.Tx, r); err != nil {
				return err
			}
		}
		if err := save(ctx, tx.Tx, r); err != nil {
			return err
		}
		event, err := i.changed(r, action, p.ID)
		if err != nil {
			return err
		}
		_, err = tx.Append(ctx, event)
		return err
	})
	if err != nil {
		return err
	}
	i.roster.drop()
	i.Bus.Ring(ask.BellConnectors)
	return nil
}

// changed is the event that says what became of a connector, and nothing of
// its credentials.
func (i *Ingest) changed(r *row, action, by string) (eventlog.Event, error) {
	now := i.Now().UnixMilli()
	data, err := json.Marshal(map[string]any{
		"connector_id": r.ID, "name": r.Name, "dialect": r.Dialect, "api_url": r.APIURL,
		"clock_tolerance": r.ClockTolerance.Milliseconds(), "stale_after": r.StaleAfter.Milliseconds(),
		"action": action, "by": by,
	})
	if err != nil {
		return eventlog.Event{}, fmt.Errorf("encode connector.changed: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return eventlog.Event{}, fmt.Errorf("make event key: %w", err)
	}
	return eventlog.Event{
		Tenant: r.Tenant, Stream: fmt.Sprintf("connector/%d", r.ID), Key: "connector.changed/" + id.String(),
		Type: "connector.changed", At: now, Received: now, Timed: true, Data: data,
	}, nil
}

// FindConnector returns a connector with its key; NotFound when there is none.
func (i *Ingest) FindConnector(ctx context.Context, tenant, id int64) (Connector, error) {
	r, err := i.store.find(ctx, tenant, id)
	if err != nil {
		return Connector{}, err
	}
	err = i.open(&r)
	return r.Connector, err
}

// ListConnectors returns up to limit connectors of a tenant behind id after,
// with their keys.
func (i *Ingest) ListConnectors(ctx context.Context, tenant, after int64, limit int) ([]Connector, error) {
	rows, err := i.store.list(ctx, tenant, after, limit, false)
	if err != nil {
		return nil, err
	}
	list := make([]Connector, len(rows))
	for at := range rows {
		if err := i.open(&rows[at]); err != nil {
			return nil, err
		}
		list[at] = rows[at].Connector
	}
	return list, nil
}
