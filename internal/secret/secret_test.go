// SPDX-License-Identifier: Apache-2.0

package secret_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"tandem/internal/secret"
)

// A secret opens with the same key and purpose, and with nothing else.
func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	box, err := secret.Load("", dir)
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal("connector/1", "hunter2")

	again, err := secret.Load("", dir)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open("connector/1", sealed); err != nil || plain != "hunter2" {
		t.Errorf("got %q, %v; want the secret back", plain, err)
	}
	if _, err := again.Open("connector/2", sealed); err == nil {
		t.Error("opened for another purpose")
	}
	other, err := secret.Load("", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open("connector/1", sealed); err == nil {
		t.Error("opened with another key")
	}
	for _, junk := range []string{"hunter2", "v1:x", "v1:" + box.KeyID() + ":!", "v1:" + box.KeyID() + ":AAAA"} {
		if _, err := box.Open("connector/1", junk); err == nil {
			t.Errorf("opened %q", junk)
		}
	}
}

// The key's file is for its owner only; a broken one is an error, never a new
// key that would lock everything away.
func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := secret.Load("", dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "secret.key")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.Load("", dir); err == nil {
		t.Error("loaded a broken key")
	}
	if _, err := secret.Load("zz", dir); err == nil {
		t.Error("loaded a key that is not hexadecimal")
	}
}

// Processes that start at once, before there is a key, use the same one: what
// one seals the others open.
func TestLoadAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	boxes := make([]*secret.Box, 16)
	var group sync.WaitGroup
	for i := range boxes {
		group.Go(func() {
			var err error
			if boxes[i], err = secret.Load("", dir); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, box := range boxes {
		if box != nil && box.KeyID() != boxes[0].KeyID() {
			t.Errorf("keys %s and %s", boxes[0].KeyID(), box.KeyID())
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left %v, %v; want secret.key alone", files, err)
	}
}
