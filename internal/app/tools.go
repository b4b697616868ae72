// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"io/fs"
	"log/slog"
	"maps"
	"slices"

	"tandem/internal/config"
	"tandem/internal/httpapi"
)

// Tools are the parts without an address or background work, for commands that
// look at an installation or change it, beside a running one or without.
type Tools struct {
	*Core
	*Parts

	all     map[string]fs.FS
	running *loops
	stop    context.CancelFunc
}

// OpenTools opens an installation for a command. Its tables are not touched;
// see Migrate.
func OpenTools(ctx context.Context, settings config.Common, logger *slog.Logger) (*Tools, error) {
	core, err := Open(ctx, settings, "", logger)
	if err != nil {
		return nil, err
	}
	parts := assemble(core, config.Serve{Common: settings})
	running := newLoops(logger)
	// The log's writer must outlive the command's own work.
	lasting, stop := context.WithCancel(context.WithoutCancel(ctx))
	running.start(lasting, "eventlog", core.Log.Run)
	return &Tools{
		Core: core, Parts: parts, running: running, stop: stop,
		all: allTables(parts.modules(httpapi.New("tools", logger))),
	}, nil
}

// Tables returns each owner's migrations.
func (t *Tools) Tables() map[string]fs.FS { return t.all }

// Migrate brings the tables up to this version.
func (t *Tools) Migrate(ctx context.Context) error { return migrate(ctx, t.Core, t.all) }

// migrate brings the tables up to this version, and makes sure that this
// process can read the secrets in them before it adds some of its own.
func migrate(ctx context.Context, core *Core, all map[string]fs.FS) error {
	for _, owner := range slices.Sorted(maps.Keys(all)) {
		if err := core.DB.Migrate(ctx, owner, all[owner]); err != nil {
			return err
		}
	}
	return core.Tenants.CheckKey(ctx)
}

// Close writes what is queued and closes the installation.
func (t *Tools) Close() error {
	t.stop()
	t.running.wait()
	return t.Core.Close()
}
