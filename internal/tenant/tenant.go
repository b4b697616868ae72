// SPDX-License-Identifier: Apache-2.0

// Package tenant knows the call centres that share an installation. It stands
// below the parts because each of them needs a tenant's region, time zone and
// secret, some within a transaction where nothing may be asked over the bus.
package tenant

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"tandem/internal/db"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/secret"
)

// Tables holds the migrations of the table this package owns.
//
//go:embed migrations/*.sql
var Tables embed.FS

const cacheTime = 30 * time.Second // how long another process's change may go unseen

// Tenant is one call centre with its secret.
type Tenant struct {
	identity.Tenant

	KeySecret []byte // keys the hashes that make its events' keys
}

// Directory finds tenants, from memory when it can. It is safe for concurrent
// use.
type Directory struct {
	db  *db.DB
	box *secret.Box
	now func() time.Time

	mu    sync.RWMutex
	known map[int64]entry
	round int // counts how often all were forgotten

	standing keeper
}

type entry struct {
	tenant Tenant
	until  time.Time
}

// NewDirectory returns a directory of the tenants in database.
func NewDirectory(database *db.DB, box *secret.Box) *Directory {
	return &Directory{db: database, box: box, now: time.Now, known: map[int64]entry{}}
}

// New is a call centre to be created.
type New struct {
	UUID     string // "" for a new one
	Slug     string
	Name     string   // "" for the slug
	Region   string   // ISO 3166-1 alpha-2, e.g. VN
	TimeZone string   // IANA name, e.g. Asia/Ho_Chi_Minh
	Locales  []string // none for English
}

const usualLocale = "en"

func (n *New) settings() *Settings {
	return &Settings{Name: n.Name, Region: n.Region, TimeZone: n.TimeZone, Locales: n.Locales}
}

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Reserved are the first segments of paths that mean something else than a
// tenant; no tenant may be called so.
var Reserved = []string{
	"api", "webhook", "ws", "healthz", "readyz", "metrics", "assets", "js", "login", "setup", "ui", "calls", "connect",
	"routing", "inbox", "contacts", "reports", "agents", "integrations", "settings", "problems", "docs",
	"invitation", "reset", "missed-calls", "reminders", "people", "sip", "keys", "audit", "call-button", "tenants",
	"cdr-service", "phonebook-service", "pbx-integration-service", "eureka", "click-to-call", "preview", "peers", "admin", "static", "favicon.ico",
}

// check returns the problems of n, and sets what was left out.
func (n *New) check() error {
	var fields []problem.Field
	fault := func(name, detail string) { fields = append(fields, problem.Field{Name: name, Detail: detail}) }
	if n.UUID == "" {
		n.UUID = uuid.NewString()
	}
	if id, err := uuid.Parse(n.UUID); err != nil || id.Version() != 4 {
		fault("uuid", "must be a version 4 UUID")
	}
	switch {
	case !slugForm.MatchString(n.Slug):
		fault("slug", "must be 1 to 63 lower-case letters, digits and hyphens")
	case slices.Contains(Reserved, n.Slug):
		fault("slug", "is reserved for Tandem's own pages")
	}
	if n.Name == "" {
		n.Name = n.Slug
	}
	if len(n.Locales) == 0 {
		n.Locales = []string{usualLocale}
	}
	fields = append(fields, n.settings().check()...)
	if len(fields) > 0 {
		return problem.NewFields("tenant.invalid", "The call centre cannot be created so.", fields...)
	}
	return nil
}

// Create adds a tenant within tx. A slug or UUID that is taken is a Conflict.
func (d *Directory) Create(ctx context.Context, tx *sql.Tx, n New) (identity.Tenant, error) {
	if err := n.check(); err != nil {
		return identity.Tenant{}, err
	}
	const taken = `SELECT COUNT(*) FROM tenants WHERE slug = $1 OR uuid = $2`
	var rows int
	if err := tx.QueryRowContext(ctx, taken, n.Slug, n.UUID).Scan(&rows); err != nil {
		return identity.Tenant{}, fmt.Errorf("look for tenant %s: %w", n.Slug, err)
	}
	if rows > 0 {
		return identity.Tenant{}, problem.New(problem.Conflict, "tenant.taken", "There is a call centre %s already.", n.Slug)
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	const add = `
		INSERT INTO tenants (id, uuid, slug, name, region, time_zone, key_secret, created_at, locales)
		SELECT COALESCE(MAX(id), 0) + 1, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT),
			CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS BIGINT), CAST($8 AS TEXT)
		FROM tenants
		RETURNING id`
	t := identity.Tenant{UUID: n.UUID, Slug: n.Slug, Name: n.Name, Region: n.Region, TimeZone: n.TimeZone}
	sealed := d.box.Seal("tenant/"+n.UUID, hex.EncodeToString(key))
	if err := tx.QueryRowContext(ctx, add, n.UUID, n.Slug, n.Name, n.Region, n.TimeZone, sealed,
		d.now().UnixMilli(), strings.Join(n.Locales, " ")).Scan(&t.ID); err != nil {
		return identity.Tenant{}, fmt.Errorf("add tenant %s: %w", n.Slug, err)
	}
	return t, nil
}

// Find returns the tenant with this id; NotFound when there is none.
func (d *Directory) Find(ctx context.Context, id int64) (Tenant, error) {
	d.mu.RLock()
	e, ok := d.known[id]
	d.mu.RUnlock()
	if ok && d.now().Before(e.until) {
		return e.tenant, nil
	}
	return d.find(ctx, "id", id)
}

// FindBySlug returns the tenant with this slug; NotFound when there is none.
func (d *Directory) FindBySlug(ctx context.Context, slug string) (Tenant, error) {
	return d.find(ctx, "slug", slug)
}

// FindByUUID returns the tenant with this UUID; NotFound when there is none.
func (d *Directory) FindByUUID(ctx context.Context, id string) (Tenant, error) {
	return d.find(ctx, "uuid", strings.ToLower(id))
}

// Region returns how a tenant's phone numbers are read; "" when it is unknown.
func (d *Directory) Region(ctx context.Context, id int64) string {
	t, err := d.Find(ctx, id)
	if err != nil {
		return ""
	}
	return t.Region
}

// List returns all tenants in the order they were created.
func (d *Directory) List(ctx context.Context) ([]Tenant, error) {
	tenants, err := d.query(ctx, `WHERE erased_at = 0 ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	return tenants, nil
}

// CheckKey says whether this process has the key that the tenants' secrets were
// sealed with; an Invalid problem if it has another. What would be sealed with
// that one nobody else could open, and the calls of all would wait for it.
func (d *Directory) CheckKey(ctx context.Context) error {
	_, err := d.List(ctx)
	var other *secret.OtherKeyError
	if errors.As(err, &other) {
		return problem.New(problem.Invalid, "tenant.other_key",
			"The secrets in this database were encrypted with the key %s, but the key in use is %s. Put the old key into secret.key in the data folder, or set TANDEM_SECRET_KEY.",
			other.Sealed, other.Own)
	}
	return err
}

func (d *Directory) find(ctx context.Context, column string, value any) (Tenant, error) {
	d.mu.RLock()
	round := d.round
	d.mu.RUnlock()
	tenants, err := d.query(ctx, `WHERE `+column+` = $1 AND erased_at = 0`, value)
	if err != nil {
		return Tenant{}, fmt.Errorf("find tenant %v: %w", value, err)
	}
	if len(tenants) == 0 {
		return Tenant{}, problem.New(problem.NotFound, "tenant.not_found", "There is no such call centre.")
	}
	t := tenants[0]
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.round == round { // else it may be what it no longer is
		d.known[t.ID] = entry{tenant: t, until: d.now().Add(cacheTime)}
	}
	return t, nil
}

// forget makes what is asked next be read again.
func (d *Directory) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.known)
	d.round++
}

func (d *Directory) query(ctx context.Context, rest string, args ...any) (tenants []Tenant, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT id, uuid, slug, name, region, time_zone, key_secret FROM tenants `+rest, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t Tenant
		var sealed string
		if err := rows.Scan(&t.ID, &t.UUID, &t.Slug, &t.Name, &t.Region, &t.TimeZone, &sealed); err != nil {
			return nil, err
		}
		plain, err := d.box.Open("tenant/"+t.UUID, sealed)
		if err != nil {
			return nil, fmt.Errorf("open secret of tenant %s: %w", t.Slug, err)
		}
		if t.KeySecret, err = hex.DecodeString(plain); err != nil {
			return nil, fmt.Errorf("read secret of tenant %s: %w", t.Slug, err)
		}
		tenants = append(tenants, t)
	}
	return tenants, rows.Err()
}
