// SPDX-License-Identifier: Apache-2.0

package app

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// dailyFile is a file that is put aside under its day's date, and begun anew,
// at the first write of another day (UTC).
type dailyFile struct {
	path string
	now  func() time.Time

	mu   sync.Mutex
	file *os.File
	day  string
}

// openDaily opens the file at path for writing at its end.
func openDaily(path string, now func() time.Time) (*dailyFile, error) {
	d := &dailyFile{path: path, now: now}
	if info, err := os.Stat(path); err == nil {
		d.day = dayOf(info.ModTime())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.turn(); err != nil {
		return nil, err
	}
	return d, nil
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Write implements [io.Writer].
func (d *dailyFile) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.turn(); err != nil {
		return 0, err
	}
	return d.file.Write(line)
}

// turn makes the file that of today. If that fails, the next write tries again.
func (d *dailyFile) turn() error {
	today := dayOf(d.now())
	if d.file != nil && d.day == today {
		return nil
	}
	if d.file != nil {
		_ = d.file.Close() // what was written is with the system
		d.file = nil
	}
	if d.day != "" && d.day != today {
		err := os.Rename(d.path, d.path+"."+d.day)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("put log file aside: %w", err)
		}
	}
	file, err := os.OpenFile(d.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("open log file: %w", err)
	}
	d.file, d.day = file, today
	return nil
}

// Close closes the file.
func (d *dailyFile) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file == nil {
		return nil
	}
	return d.file.Close()
}
