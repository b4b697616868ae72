// SPDX-License-Identifier: Apache-2.0

package internal_test

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	created = regexp.MustCompile(`(?i)CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)
	reads   = regexp.MustCompile(`\b(?:FROM|JOIN)\s+(\w+)`)
	writes  = regexp.MustCompile(`\b(?:INTO|UPDATE|DELETE FROM|TABLE)\s+(\w+)`)
)

// lent are tables that another package may name all the same, each with the reason.
var lent = map[string]string{
	"events to live": "it checks its counters against the log in one statement",
}

// Only its owner touches a table, so that a part can change how it keeps things
// and can move to another machine. The present state in live is the exception:
// everyone may query it.
func TestTablesHaveOneOwner(t *testing.T) {
	t.Parallel()
	owners := tableOwners(t)
	if owners["events"] != "eventlog" {
		t.Errorf("the table events belongs to %q; are the migrations still found?", owners["events"])
	}
	for _, file := range sources(t) {
		if file.test || strings.HasPrefix(file.dir, "test/") {
			continue
		}
		ast.Inspect(file.file, func(node ast.Node) bool {
			literal, ok := node.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			for _, table := range touched(literal.Value, owners) {
				by := unit(file.dir)
				if owner := owners[table]; owner != by && lent[table+" to "+by] == "" {
					t.Errorf("%s: table %s belongs to %s", file.set.Position(literal.Pos()), table, owner)
				}
			}
			return true
		})
	}
}

// touched returns the tables in a statement that only their owner may name there.
func touched(statement string, owners map[string]string) []string {
	var list []string
	for _, match := range writes.FindAllStringSubmatch(statement, -1) {
		if owners[match[1]] != "" {
			list = append(list, match[1])
		}
	}
	for _, match := range reads.FindAllStringSubmatch(statement, -1) {
		if owner := owners[match[1]]; owner != "" && owner != "live" {
			list = append(list, match[1])
		}
	}
	return list
}

// tableOwners reads the migrations.
func tableOwners(t *testing.T) map[string]string {
	t.Helper()
	owners := map[string]string{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, "internal", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".sql") || strings.Contains(name, "testdata") {
			return err
		}
		content, err := fs.ReadFile(root, name)
		for _, match := range created.FindAllStringSubmatch(string(content), -1) {
			dir := strings.TrimSuffix(path.Dir(name), "/migrations")
			if other := owners[match[1]]; other != "" && other != unit(dir) {
				t.Errorf("both %s and %s create table %s", other, unit(dir), match[1])
			}
			owners[match[1]] = unit(dir)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return owners
}
