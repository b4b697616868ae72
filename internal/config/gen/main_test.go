// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"tandem/internal/config"
)

// The committed page says what the program does.
func TestPageIsCurrent(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(filepath.Join("..", target))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != page(config.Settings()) {
		t.Error("docs/config.md is stale: run make gen")
	}
}
