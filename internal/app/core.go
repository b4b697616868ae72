// SPDX-License-Identifier: Apache-2.0

// Package app assembles the product. It is the only package that knows every
// part; the list in parts.go, in the order a call flows through it, is the
// architecture in code. It holds no rules of its own.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"tandem/internal/bus"
	"tandem/internal/config"
	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
	"tandem/internal/live"
	"tandem/internal/projection"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Core is what every part stands on: the database, the bus, the log and the
// present state. Run must run for anything to be written.
type Core struct {
	DB      *db.DB
	Bus     *bus.Bus
	Box     *secret.Box
	Tenants *tenant.Directory
	Live    *live.Live
	Log     *eventlog.Log
	Logger  *slog.Logger
	Data    string // folder
}

// Open opens an installation's database and keys, without touching its tables.
func Open(ctx context.Context, settings config.Common, nats string, logger *slog.Logger) (*Core, error) {
	if err := os.MkdirAll(settings.Data, 0o750); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	box, err := secret.Load(string(settings.SecretKey), settings.Data)
	if err != nil {
		return nil, err
	}
	database, err := db.Open(ctx, settings.DSN())
	if err != nil {
		return nil, err
	}
	b, err := bus.Open(nats, logger.With("module", "bus"))
	if err != nil {
		return nil, errors.Join(err, database.Close())
	}
	tenants := tenant.NewDirectory(database, box)
	present := live.New(database, tenants)
	return &Core{
		DB: database, Bus: b, Box: box, Tenants: tenants, Live: present, Data: settings.Data, Logger: logger,
		Log: eventlog.New(database, b, logger.With("module", "eventlog"), present.Inline()),
	}, nil
}

// Close closes what Open opened.
func (c *Core) Close() error {
	c.Bus.Close()
	return c.DB.Close()
}

// tables are the migrations of the packages below the parts.
func tables() map[string]fs.FS {
	return map[string]fs.FS{
		"eventlog": eventlog.Tables, "tenant": tenant.Tables, "live": live.Tables, "projection": projection.Tables,
		"httpapi": httpapi.Tables,
	}
}

// restartAfter is how long a loop that failed rests before it is run again,
// doubled with every failure in a row. Its longest rest is a small part of the
// ten seconds that a phone system waits for a decision: when a database is back
// after minutes, the calls of that moment are not to be missed for a rest.
const (
	restartAfter    = 250 * time.Millisecond
	restartAfterMax = time.Second
	steady          = time.Minute // a loop that ran this long has recovered
)
