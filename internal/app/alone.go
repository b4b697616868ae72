// SPDX-License-Identifier: Apache-2.0

package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"tandem/internal/config"
	"tandem/internal/db"
	"tandem/internal/problem"
)

// holdAlone keeps a second tandem serve off a folder whose SQLite database a
// first one has open; with PostgreSQL several may share a database. The system
// lets go of the lock when the process ends, however it ends.
func holdAlone(settings config.Common) (release func() error, err error) {
	if db.IsPostgres(settings.DSN()) {
		return func() error { return nil }, nil
	}
	file, err := os.OpenFile(filepath.Join(settings.Data, "serve.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = problem.New(problem.Conflict, "app.already_running",
			"Another tandem serve runs on %s. Stop it first, or choose another folder with --data.", settings.Data)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}
