// SPDX-License-Identifier: Apache-2.0

package secret_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tandem/internal/problem"
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

// Processes that rotate at once, while others seal, lose nothing: whatever was
// sealed with a key of a moment still opens.
func TestRotateAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var mu sync.Mutex
	var sealed []string
	var group sync.WaitGroup
	for i := range 8 {
		box, err := secret.Load("", dir)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			for range 10 {
				if i%2 == 0 {
					if _, err := box.Rotate(); err != nil {
						t.Error(err)
					}
				}
				text := box.Seal("p", "hunter2")
				mu.Lock()
				sealed = append(sealed, text)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	box, err := secret.Load("", dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range sealed {
		if plain, err := box.Open("p", text); err != nil || plain != "hunter2" {
			t.Fatalf("sealed with %s: %q, %v", secret.KeyOf(text), plain, err)
		}
	}
	if len(box.Older()) != 40 {
		t.Errorf("%d keys were replaced, want 40", len(box.Older()))
	}
}

// After a rotation every box on the folder, opened before or after it, seals
// with the new key and opens what the old one sealed. A box that was given its
// keys seals with the first and opens with all.
func TestRotate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	load := func() *secret.Box {
		box, err := secret.Load("", dir)
		if err != nil {
			t.Fatal(err)
		}
		return box
	}
	running, tool := load(), load()
	before := running.Seal("p", "hunter2")
	old, err := tool.Rotate()
	if err != nil || old != secret.KeyOf(before) || tool.KeyID() == old {
		t.Fatalf("rotated %s, %v; sealing with %s", old, err, tool.KeyID())
	}
	again := tool.Seal("p", "hunter3")
	for name, box := range map[string]*secret.Box{"running": running, "tool": tool, "later": load()} {
		for sealed, want := range map[string]string{before: "hunter2", again: "hunter3"} {
			if plain, err := box.Open("p", sealed); err != nil || plain != want {
				t.Errorf("%s: %q, %v, want %q", name, plain, err, want)
			}
		}
		if sealed := box.Seal("p", "x"); secret.KeyOf(sealed) != tool.KeyID() || len(box.Older()) != 1 {
			t.Errorf("%s seals with %s, and has %v", name, secret.KeyOf(sealed), box.Older())
		}
		if sealed, err := box.Reseal("p", before); err != nil || secret.KeyOf(sealed) != tool.KeyID() {
			t.Errorf("%s: sealed anew with %s, %v", name, secret.KeyOf(sealed), err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "secret.key."+old))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the old key: %v, %v", info, err)
	}

	one, two := strings.Repeat("11", 32), strings.Repeat("22", 32)
	first, err := secret.Load(one, "")
	if err != nil {
		t.Fatal(err)
	}
	both, err := secret.Load(two+","+one, "")
	if err != nil {
		t.Fatal(err)
	}
	sealed := first.Seal("p", "hunter2")
	if plain, err := both.Open("p", sealed); err != nil || plain != "hunter2" || both.KeyID() == first.KeyID() {
		t.Errorf("given both: %q, %v", plain, err)
	}
	if _, err := both.Rotate(); problem.Of(err).Code != "secret.given" {
		t.Errorf("rotated keys that are given: %v", err)
	}
}
