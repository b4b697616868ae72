// SPDX-License-Identifier: Apache-2.0

package tenant_test

import (
	"bytes"
	"database/sql"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/problem"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// A tenant is found by each of its names, with a secret that is its own and
// survives a restart.
func TestFind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		directory := tenanttest.Directory(t, database)
		demo, err := directory.FindBySlug(t.Context(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		other, err := directory.Find(t.Context(), 2)
		if err != nil || other.Slug != "other" {
			t.Fatalf("%+v, %v", other, err)
		}
		if len(demo.KeySecret) != 32 || bytes.Equal(demo.KeySecret, other.KeySecret) {
			t.Error("secrets are not each tenant's own")
		}
		again, err := tenant.NewDirectory(database, tenanttest.Box(t)).FindByUUID(t.Context(), demo.UUID)
		if err != nil || !bytes.Equal(again.KeySecret, demo.KeySecret) {
			t.Errorf("after a restart: %v", err)
		}
		if _, err := directory.Find(t.Context(), 99); problem.Of(err).Kind != problem.NotFound {
			t.Errorf("unknown tenant: %v", err)
		}
	})
}

// Names that would clash or cannot work are refused, each with its field.
func TestCreateRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		directory := tenanttest.Directory(t, database)
		good := tenant.New{Slug: "new", Name: "New", Region: "VN", TimeZone: "UTC"}
		tests := map[string]struct {
			spoil func(*tenant.New)
			kind  problem.Kind
		}{
			"taken":     {func(n *tenant.New) { n.Slug = "demo" }, problem.Conflict},
			"reserved":  {func(n *tenant.New) { n.Slug = "api" }, problem.Invalid},
			"slash":     {func(n *tenant.New) { n.Slug = "a/b" }, problem.Invalid},
			"uuid":      {func(n *tenant.New) { n.UUID = "x" }, problem.Invalid},
			"zone":      {func(n *tenant.New) { n.TimeZone = "Mars/Base" }, problem.Invalid},
			"region":    {func(n *tenant.New) { n.Region = "vietnam" }, problem.Invalid},
			"nameless":  {func(n *tenant.New) { n.Name = " " }, problem.Invalid},
			"zone none": {func(n *tenant.New) { n.TimeZone = "" }, problem.Invalid},
		}
		for name, test := range tests {
			n := good
			test.spoil(&n)
			err := database.InTx(t.Context(), func(tx *sql.Tx) error {
				_, err := directory.Create(t.Context(), tx, n)
				return err
			})
			if problem.Of(err).Kind != test.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
