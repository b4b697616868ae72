// SPDX-License-Identifier: Apache-2.0

// Package livetest gives tests a running log that keeps the present state.
package livetest

import (
	"testing"

	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/live"
	"tandem/internal/projection"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// Start returns everything that a part needs below it, running on database
// until the test ends, with a Vietnamese call centre "demo" (id 1) and a
// Brazilian one "other" (id 2).
func Start(t testing.TB, database *db.DB) (*eventlog.Log, *live.Live, *tenant.Directory, *bus.Bus) {
	t.Helper()
	directory := tenanttest.Directory(t, database)
	log, l, b := StartOn(t, database, directory)
	return log, l, directory, b
}

// StartOn is Start for a database that has its tenants already, as another
// process would find it.
func StartOn(t testing.TB, database *db.DB, directory *tenant.Directory) (*eventlog.Log, *live.Live, *bus.Bus) {
	t.Helper()
	if err := database.Migrate(t.Context(), "live", live.Tables); err != nil {
		t.Fatal(err)
	}
	if err := database.Migrate(t.Context(), "projection", projection.Tables); err != nil {
		t.Fatal(err)
	}
	b := eventlogtest.Bus(t)
	l := live.New(database, directory)
	return eventlogtest.StartOn(eventlogtest.Lasting(t), t, database, b, l.Inline()), l, b
}
