// SPDX-License-Identifier: Apache-2.0

// Package tenanttest gives tests call centres.
package tenanttest

import (
	"bytes"
	"database/sql"
	"testing"

	"tandem/internal/db"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Box returns a box with a key that every test shares.
func Box(t testing.TB) *secret.Box {
	t.Helper()
	box, err := secret.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// Directory returns a directory on database with a Vietnamese call centre
// "demo" (id 1) and a Brazilian one "other" (id 2).
func Directory(t testing.TB, database *db.DB) *tenant.Directory {
	t.Helper()
	if err := database.Migrate(t.Context(), "tenant", tenant.Tables); err != nil {
		t.Fatal(err)
	}
	directory := tenant.NewDirectory(database, Box(t))
	err := database.InTx(t.Context(), func(tx *sql.Tx) error {
		for _, n := range []tenant.New{
			{Slug: "demo", Name: "Demo", Region: "VN", TimeZone: "Asia/Ho_Chi_Minh"},
			{Slug: "other", Name: "Other", Region: "BR", TimeZone: "America/Sao_Paulo"},
		} {
			if _, err := directory.Create(t.Context(), tx, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return directory
}
