// SPDX-License-Identifier: Apache-2.0

package app

import (
	"io/fs"
	"log/slog"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tandem/internal/config"
	"tandem/internal/eventlog"
	"tandem/internal/module"
)

var (
	tableMade   = regexp.MustCompile(`(?i)(?:CREATE|ALTER) TABLE (?:IF NOT EXISTS )?(\w+)`)
	columnMade  = regexp.MustCompile(`(?i)^\s*(?:ALTER TABLE \w+ ADD COLUMN )?"?(\w+)"?\s+(?:TEXT|BLOB|BYTEA)\b([^-]*)(?:--\s*(.*))?$`)
	soundSecret = regexp.MustCompile(`(?i)password|secret|token|hash|sealed|credential`)
	sealing     = regexp.MustCompile(`\.Seal\(`)
)

// harmless are columns that sound like secrets and are none, each with what it
// is.
var harmless = map[string]string{
	"clicktocall_requests.token": "what was used up; it opens nothing again",
}

// Every column that holds a secret is named by its owner: those that are sealed
// or the next rotation of the key would leave them behind, and all of them or
// an export of a call centre would give them away.
func TestSecretColumnsAreNamed(t *testing.T) {
	t.Parallel()
	named := map[string]module.Column{}
	for _, c := range parts(t).secrets() {
		named[c.Table+"."+c.Column] = c
	}
	found, owners := map[string]bool{}, map[string]bool{}
	eachFile(t, ".sql", func(name, text string) {
		table := ""
		for line := range strings.Lines(text) {
			if made := tableMade.FindStringSubmatch(line); made != nil {
				table = made[1]
			}
			column := columnMade.FindStringSubmatch(strings.TrimRight(line, "\n"))
			if column == nil {
				continue
			}
			full := table + "." + column[1]
			found[full] = true
			isSealed := strings.HasPrefix(column[3], "sealed") || strings.HasSuffix(column[1], "_sealed")
			c, ok := named[full]
			switch {
			case ok && c.Purpose != "":
				owners[path.Dir(path.Dir(name))] = true
			case isSealed:
				t.Errorf("%s: %s is sealed, but its owner does not name it with its purpose in module.Module.Secret", name, full)
			case !ok && soundSecret.MatchString(column[1]) && harmless[full] == "":
				t.Errorf("%s: %s sounds like a secret, but its owner does not name it in module.Module.Secret", name, full)
			}
		}
	})
	for full := range named {
		if !found[full] {
			t.Errorf("%s is named as a secret, but no migration makes it", full)
		}
	}
	eachFile(t, ".go", func(name, text string) {
		dir := path.Dir(name)
		if sealing.MatchString(text) && !strings.HasSuffix(name, "_test.go") && dir != "internal/secret" && !owners[dir] {
			t.Errorf("%s seals something, but no table of %s has a column that is named as sealed", name, dir)
		}
	})
}

// parts returns all parts, which touch nothing.
func parts(t *testing.T) *Parts {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	return assemble(&Core{Logger: logger, Log: eventlog.New(nil, nil, logger)}, config.Serve{})
}

// eachFile visits the files of internal whose names end so.
func eachFile(t *testing.T, ending string, visit func(name, text string)) {
	t.Helper()
	root, seen := os.DirFS("../.."), 0
	err := fs.WalkDir(root, "internal", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ending) || slices.Contains(strings.Split(name, "/"), "testdata") {
			return err
		}
		seen++
		text, err := fs.ReadFile(root, name)
		visit(name, string(text))
		return err
	})
	if err != nil || seen < 5 {
		t.Fatalf("visited %d files, %v", seen, err)
	}
}
