// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"tandem/internal/app"
	"tandem/internal/backup"
	"tandem/internal/config"
)

type backupCommand struct {
	config.Common

	File string `arg:"" help:"File to write; it must not exist."`
}

// Help says more than fits a line.
func (backupCommand) Help() string {
	return `The file holds all of the database, whichever it is. It does not hold secret.key, without which the credentials in it cannot be read: keep a copy of that elsewhere.`
}

func (c backupCommand) Run(ctx context.Context, t terminal) (err error) {
	tools, err := open(ctx, t, c.Common)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tools.Close()) }()
	// Written beside its place first, so that a backup that was cut is not
	// taken for one.
	part := c.File + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	defer os.Remove(part) //nolint:errcheck // gone when it was renamed
	if _, err := os.Stat(c.File); err == nil {
		return fmt.Errorf("there is a file %s already; name another", c.File)
	}
	m := backup.Manifest{Created: time.Now().UTC(), Product: version, SecretID: tools.Box.KeyID()}
	m, err = backup.Write(ctx, tools.DB, tools.Tables(), m, file)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, c.File); err != nil {
		return fmt.Errorf("make backup: %w", err)
	}
	t.printf("%s: %s\n", c.File, rowsOf(m))
	t.printf("Not in it: the secret key %s. Keep it elsewhere: without it stored credentials cannot be read.\n", m.SecretID)
	return nil
}

type restoreCommand struct {
	config.Common

	File string `arg:"" help:"File that tandem backup wrote."`
}

// Help says more than fits a line.
func (restoreCommand) Help() string {
	return `Put the old secret.key into the new folder before tandem serve is started on it:

    tandem restore tandem.backup --data new`
}

func (c restoreCommand) Run(ctx context.Context, t terminal) (err error) {
	archive, err := zip.OpenReader(c.File)
	if errors.Is(err, zip.ErrFormat) {
		return fmt.Errorf("%s is not a backup of Tandem", c.File)
	}
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer archive.Close() //nolint:errcheck // it was only read
	tools, err := app.OpenTools(ctx, c.Common, quiet(t.err))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tools.Close()) }()
	m, err := backup.Restore(ctx, tools.DB, tools.Tables(), &archive.Reader)
	if err != nil {
		return err
	}
	t.printf("restored %s, written %s by tandem %s\n", rowsOf(m), m.Created.Format(time.RFC3339), m.Product)
	if !tools.Box.Opens(m.SecretID) {
		t.printf("Its secrets were encrypted with key %s, but this installation has %s: put the old secret.key into %s before starting.\n",
			m.SecretID, tools.Box.KeyID(), tools.Data)
		return errFinding
	}
	return nil
}

// rowsOf tells how much a backup holds.
func rowsOf(m backup.Manifest) string {
	total := int64(0)
	for _, n := range slices.Collect(maps.Values(m.Rows)) {
		total += n
	}
	return fmt.Sprintf("%d rows of %d tables, %d events", total, len(m.Tables), m.Rows["events"])
}
