// SPDX-License-Identifier: Apache-2.0

package app

import (
	"testing"

	"tandem/internal/config"
	"tandem/internal/problem"
)

// One process at a time serves a folder with SQLite; the next may when it has
// gone. With PostgreSQL there is nothing to keep apart.
func TestOneServeToAFolder(t *testing.T) {
	t.Parallel()
	settings := config.Common{Data: t.TempDir()}
	release, err := holdAlone(settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holdAlone(settings); problem.Of(err).Code != "app.already_running" {
		t.Errorf("a second one: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	again, err := holdAlone(settings)
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	defer again() //nolint:errcheck // the test is over
	shared := config.Common{Data: settings.Data, Database: "postgres://db.example/tandem"}
	for range 2 {
		if _, err := holdAlone(shared); err != nil {
			t.Errorf("with PostgreSQL: %v", err)
		}
	}
}
