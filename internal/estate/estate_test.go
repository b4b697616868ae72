// SPDX-License-Identifier: Apache-2.0

package estate_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/audit"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/estate"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// Tables as a part might have: one whose key is two columns, one with secrets,
// one that belongs to nobody.
var tables = fstest.MapFS{"migrations/0001_a.sql": {Data: []byte(`-- +goose Up
CREATE TABLE shop_things (tenant BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (tenant, id));
CREATE TABLE shop_doors (id TEXT NOT NULL PRIMARY KEY, tenant BIGINT NOT NULL, code TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE shop_streets (name TEXT NOT NULL PRIMARY KEY);`)}}

func start(t *testing.T, database *db.DB) *estate.Estate {
	t.Helper()
	e := &estate.Estate{
		Tenants: tenanttest.Directory(t, database), Log: eventlogtest.Start(t, database), Database: database,
		Secret: func() []module.Column {
			return []module.Column{
				{Table: "shop_doors", Column: "code", Keys: []string{"id"}, Purpose: "door/{id}"},
				{Table: "shop_doors", Column: "hash"},
			}
		},
	}
	if err := database.Migrate(t.Context(), "shop", tables); err != nil {
		t.Fatal(err)
	}
	if err := database.Migrate(t.Context(), "audit", audit.Tables); err != nil {
		t.Fatal(err)
	}
	return e
}

// fill gives a tenant things, doors and events.
func fill(t *testing.T, e *estate.Estate, id int64, things int) {
	t.Helper()
	err := e.Log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
		for i := range things {
			if _, err := tx.ExecContext(ctx, `INSERT INTO shop_things (tenant, id, name) VALUES ($1, $2, 'Nguyễn')`, id, i); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO shop_doors (id, tenant, code, hash) VALUES ($1, $2, 'SECRETCODE', 'SECRETHASH')`, fmt.Sprint("d", id), id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		event := eventlog.Event{
			Tenant: id, Connector: 1, Stream: "agent/1/ana@example.com", Key: fmt.Sprint("hash", i), Type: "actor.entered", At: 5, Received: 6,
			Data: []byte(`{"number":"0912345678"}`), Raw: []byte("raw 0912345678"),
		}
		own := eventlog.Event{Tenant: id, Stream: "contact/7", Key: fmt.Sprint("contact.created/7/", i), Type: "contact.created", At: 5, Received: 6, Data: []byte(`{"n":1}`)}
		if _, err := e.Log.Append(t.Context(), event, own); err != nil {
			t.Fatal(err)
		}
	}
}

func account(t *testing.T, e *estate.Estate, id int64) tenant.Account {
	t.Helper()
	found, err := e.Tenants.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	a, err := e.Tenants.Account(t.Context(), found.UUID)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// An erased call centre leaves nothing but positions, types and times in the
// log and a tombstone; another is as it was, and the name is free again. An
// erasure that was cut short is finished by the next.
func TestErase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		e := start(t, database)
		fill(t, e, 1, 2_500) // more than are deleted at once
		fill(t, e, 2, 3)
		before := export(t, e, 2)
		head, err := e.Log.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		demo := account(t, e, 1)
		if err := e.Begin(t.Context(), demo); err != nil {
			t.Fatal(err)
		}
		cut, cancel := context.WithCancel(t.Context())
		cancel()
		if err := e.Erase(cut, demo); err == nil {
			t.Error("an erasure without time did all")
		}
		if err := e.Erase(t.Context(), demo); err != nil {
			t.Fatal(err)
		}

		for _, table := range []string{"shop_things", "shop_doors", "audit_entries"} {
			if some, err := database.HasSome(t.Context(), table, 1); err != nil || some {
				t.Errorf("%s: something is left, %v", table, err)
			}
		}
		records, err := e.Log.ReadAfter(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range records {
			if r.Position != int64(i+1) {
				t.Fatalf("position %d at place %d", r.Position, i+1)
			}
			if r.Tenant != 1 {
				continue
			}
			said := string(r.Data) + string(r.Raw) + r.Stream + r.Key
			if strings.Contains(said, "0912345678") || strings.Contains(said, "ana") || strings.Contains(said, "contact/7") || strings.Contains(said, "created/7") {
				t.Errorf("position %d still says %s", r.Position, said)
			}
			if r.Position <= head && (r.At != 5 || r.Received != 6 || !strings.HasPrefix(r.Type, "actor.") && r.Type != "contact.created") {
				t.Errorf("position %d lost its type or times: %+v", r.Position, r)
			}
		}
		if last := records[len(records)-1]; last.Type != "tenant.erased" || last.Tenant != 1 {
			t.Errorf("no tombstone: %+v", last)
		}
		if _, err := e.Tenants.Account(t.Context(), demo.UUID); problem.Of(err).Kind != problem.NotFound {
			t.Errorf("the call centre is still there: %v", err)
		}
		if again, err := e.EraseAgain(t.Context(), 1); again || err != nil {
			t.Errorf("something was left, %v", err)
		}
		fill(t, e, 1, 3) // what another process had begun
		if again, err := e.EraseAgain(t.Context(), 1); !again || err != nil {
			t.Errorf("what came late was not seen, %v", err)
		}
		if again, err := e.EraseAgain(t.Context(), 1); again || err != nil {
			t.Errorf("what came late was left, %v", err)
		}
		if diff := cmp.Diff(before, export(t, e, 2)); diff != "" {
			t.Errorf("the other call centre changed (-before +after): %s", diff)
		}
	})
}

// export returns the files of an export.
func export(t *testing.T, e *estate.Estate, id int64) map[string]string {
	t.Helper()
	var out bytes.Buffer
	if _, err := e.Export(t.Context(), account(t, e, id), &out); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		if time.Since(f.Modified) > time.Hour {
			t.Errorf("%s is of %v", f.Name, f.Modified)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name != "manifest.json" { // which says when
			files[f.Name] = string(text)
			continue
		}
		var m estate.Manifest
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		files["left out"] = fmt.Sprint(m.LeftOut)
		files["rows"] = fmt.Sprint(m.Rows)
	}
	return files
}

// An export has all of a call centre and nothing of another, no secret, and
// says what it left out.
func TestExport(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		e := start(t, database)
		fill(t, e, 1, 2)
		fill(t, e, 2, 5)
		files := export(t, e, 1)
		want := `{"id":0,"name":"Nguyễn"}` + "\n" + `{"id":1,"name":"Nguyễn"}` + "\n"
		if diff := cmp.Diff(want, files["tables/shop_things.ndjson"]); diff != "" {
			t.Errorf("things (-want +got): %s", diff)
		}
		if files["tables/shop_doors.ndjson"] != `{"id":"d1"}`+"\n" || strings.Contains(fmt.Sprint(files), "SECRET") {
			t.Errorf("doors: %s", files["tables/shop_doors.ndjson"])
		}
		if !strings.Contains(files["left out"], "shop_doors code") || !strings.Contains(files["left out"], "shop_doors hash") {
			t.Errorf("left out: %s", files["left out"])
		}
		if n := strings.Count(files["log.ndjson"], "\n"); n != 6 || !strings.Contains(files["log.ndjson"], "0912345678") {
			t.Errorf("log has %d events: %s", n, files["log.ndjson"])
		}
	})
}
