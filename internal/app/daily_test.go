// SPDX-License-Identifier: Apache-2.0

package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Each day has a file of its own: the present one under the given name, the
// earlier ones with their date. A restart writes on in the same file, and puts
// aside one that is of an earlier day.
func TestDailyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "access.log")
	now := time.Now().UTC().Truncate(24 * time.Hour).Add(23 * time.Hour)
	first := now
	clock := func() time.Time { return now }
	write := func(d *dailyFile, line string) {
		if _, err := d.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	open := func() *dailyFile {
		d, err := openDaily(path, clock)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := open()
	write(d, "a")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open()
	write(d, "b")
	now = now.Add(2 * time.Hour)
	write(d, "c")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	old := first.Add(-72 * time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	d = open()
	write(d, "d")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path: "d", path + "." + dayOf(first): "ab", path + "." + dayOf(old): "c"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", filepath.Base(name), got, err, want)
		}
	}
}
