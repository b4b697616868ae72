// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"tandem/internal/app"
	questions "tandem/internal/ask"
	"tandem/internal/config"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/service/user"
	"tandem/internal/tenant"
)

const (
	contactsStored = 1_000_000
	contactsBatch  = 5_000 // written in one transaction
	contactsAsked  = 3_000 // lookups in one turn
	contactsPages  = 300   // pages in one turn
)

// measureContacts measures what it costs to find whose a number is among a
// million contacts, beside the bare query of an index, and to list them.
func measureContacts(ctx context.Context, p *plan, out *page) error {
	out.line("## Contacts\n")
	out.line("%s contacts. A number is looked up by the customer service and by a prepared query of the index alone, one at a time,", figure(contactsStored))
	out.line("in turns; a page is 50 contacts as JSON, from anywhere in the list, without a network.")
	rows := [][]string{{"database", "bare query, µs", "lookup, µs", "lookup ÷ bare", "page p99, ms"}}
	lite, err := p.sqlite()
	if err != nil {
		return err
	}
	row, err := p.contactsOn(ctx, lite, "SQLite")
	if err != nil {
		return err
	}
	rows = append(rows, row)
	post, drop, ok, err := p.postgres(ctx)
	if err != nil {
		return err
	}
	if ok {
		defer drop()
		if row, err = p.contactsOn(ctx, post, "PostgreSQL"); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	out.table(rows...)
	return nil
}

// contactsOn fills a new store and measures on it.
func (p *plan) contactsOn(ctx context.Context, on store, name string) (row []string, err error) {
	tools, err := app.OpenTools(ctx, config.Common{Data: on.data, Database: config.DSN(on.dsn)}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tools.Close()) }()
	if err := tools.Migrate(ctx); err != nil {
		return nil, err
	}
	of, err := tools.Users.CreateTenant(ctx, tenant.New{Slug: "bench", Name: "Bench", Region: "VN", TimeZone: "UTC"},
		user.NewUser{Login: "bench", Password: "bench-bench-bench"})
	if err != nil {
		return nil, err
	}
	p.say("%s: %s contacts", name, figure(contactsStored))
	if err := fillContacts(ctx, tools, of.ID); err != nil {
		return nil, err
	}
	if db.IsPostgres(on.dsn) { // which does so by itself, some time later
		if _, err := tools.DB.ExecContext(ctx, `ANALYZE`); err != nil {
			return nil, err
		}
	}
	bare, err := tools.DB.PrepareContext(ctx, `
		SELECT id, first_name, last_name FROM customer_contacts WHERE tenant = $1 AND match_key = $2 AND deleted = 0`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bare.Close()) }()
	asker := &contactAsker{tools: tools, of: of, bare: bare, random: rand.New(rand.NewPCG(1, 2))} //nolint:gosec // no secrets
	var plain, asked, pages series
	for round := range p.rounds {
		p.say("round %d of %d", round+1, p.rounds)
		for i, measure := range []func(context.Context) (float64, error){asker.plain, asker.name, asker.pages} {
			value, err := measure(ctx)
			if err != nil {
				return nil, err
			}
			into := []*series{&plain, &asked, &pages}[i]
			*into = append(*into, value)
		}
	}
	return []string{name, plain.String(), asked.String(), asked.over(plain).String(), pages.String()}, nil
}

var (
	contactColumns = db.Columns{
		"tenant BIGINT", "id TEXT", "first_name TEXT", "last_name TEXT", "gender TEXT", "email TEXT", "phone TEXT", "match_key TEXT",
		"avatar TEXT", "search TEXT", "created_at BIGINT", "updated_at BIGINT", "deleted BIGINT",
	}
	claimColumns = db.Columns{"tenant BIGINT", "match_key TEXT", "contact_id TEXT", "connector BIGINT", "call_id TEXT"}
)

// keyOf is the number of the n-th contact: in no order, each once.
func keyOf(n int) string { return fmt.Sprintf("+849%08d", n*7919%100_000_000) }

func contactID(n int) string { return fmt.Sprintf("0198c0de-0000-7000-8000-%012x", n) }

// fillContacts stores the contacts and their claims, straight into the tables.
func fillContacts(ctx context.Context, tools *app.Tools, of int64) error {
	for first := 0; first < contactsStored; first += contactsBatch {
		err := tools.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
			contacts, claims := db.NewBatch(contactColumns, contactsBatch), db.NewBatch(claimColumns, contactsBatch)
			for n := first; n < first+contactsBatch; n++ {
				id, key := contactID(n), keyOf(n)
				contacts.Add(of, id, "Anh", fmt.Sprint("Nguyễn ", n), "", fmt.Sprintf("person%d@example.com", n), "0"+key[3:], key, "",
					fmt.Sprint("anh nguyen ", n), int64(n), int64(n), int64(0))
				claims.Add(of, key, id, int64(0), "")
			}
			if err := tools.DB.Insert(ctx, tx.Tx, "customer_contacts", contacts); err != nil {
				return err
			}
			return tools.DB.Insert(ctx, tx.Tx, "customer_claims", claims)
		})
		if err != nil {
			return fmt.Errorf("store contacts: %w", err)
		}
	}
	return nil
}

// contactAsker asks for contacts.
type contactAsker struct {
	tools  *app.Tools
	of     identity.Tenant
	bare   *sql.Stmt
	random *rand.Rand
}

// each returns how long one of many lookups takes, in microseconds.
func (a *contactAsker) each(lookup func(key string) error) (float64, error) {
	began := time.Now()
	for range contactsAsked {
		if err := lookup(keyOf(a.random.IntN(contactsStored))); err != nil {
			return 0, err
		}
	}
	return float64(time.Since(began).Microseconds()) / contactsAsked, nil
}

func (a *contactAsker) plain(ctx context.Context) (float64, error) {
	return a.each(func(key string) error {
		var id, first, last string
		return a.bare.QueryRowContext(ctx, a.of.ID, key).Scan(&id, &first, &last)
	})
}

func (a *contactAsker) name(ctx context.Context) (float64, error) {
	return a.each(func(key string) error {
		names, err := a.tools.Customer.Name(ctx, questions.NamesQuestion{Tenant: a.of.ID, Keys: []string{key}})
		if err == nil && names[key].Name == "" {
			err = fmt.Errorf("%s is nobody's", key)
		}
		return err
	})
}

// pages returns how long the slowest page of a hundred takes, in milliseconds.
func (a *contactAsker) pages(ctx context.Context) (float64, error) {
	var handler http.Handler
	for _, route := range a.tools.Customer.Module(httpapi.New("bench", slog.New(slog.DiscardHandler))).Routes {
		if route.Method == http.MethodGet && route.Pattern == "/api/v1/contacts" {
			handler = route.Handler
		}
	}
	who := identity.With(ctx, identity.Principal{Tenant: a.of, ID: "bench", Rights: identity.RightsOf("admin")})
	took := make([]time.Duration, contactsPages)
	for i := range took {
		path := "/api/v1/contacts?limit=50&after=" + contactID(a.random.IntN(contactsStored))
		answer := httptest.NewRecorder()
		began := time.Now()
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(who, http.MethodGet, path, nil))
		took[i] = time.Since(began)
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "person") {
			return 0, fmt.Errorf("a page of contacts: %d %s", answer.Code, answer.Body)
		}
	}
	slices.Sort(took)
	return milliseconds(took[len(took)*99/100]), nil
}
