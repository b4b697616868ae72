// SPDX-License-Identifier: Apache-2.0

package secret

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"tandem/internal/problem"
)

// fileState tells whether a file is the one that was read.
type fileState struct {
	modified time.Time
	size     int64
}

func stateOf(path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{} // as good as unchanged: what was read stays in use
	}
	return fileState{info.ModTime(), info.Size()}
}

// openFile returns the box with the key at path, which is made when it does not
// exist, and with those beside it that it has replaced.
func openFile(path string) (*Box, error) {
	b := &Box{path: path}
	err := b.read()
	if errors.Is(err, os.ErrNotExist) {
		if err = writeKey(path, newKey(), false); err == nil {
			err = b.read()
		}
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// read reads the files. On an error the box stays as it is.
func (b *Box) read() error {
	state := stateOf(b.path)
	key, err := readKey(b.path)
	if err != nil {
		return err
	}
	retired, err := filepath.Glob(b.path + ".*")
	if err != nil {
		return fmt.Errorf("look for replaced keys: %w", err)
	}
	opened := map[string]*sealer{}
	for _, path := range retired {
		// What is there for another reason, such as a copy, is none of ours.
		if older, err := readKey(path); err == nil && path == b.path+"."+older.id {
			opened[older.id] = older
		}
	}
	opened[key.id] = key
	b.mu.Lock()
	defer b.mu.Unlock()
	b.key, b.opened, b.seen = key, opened, state
	return nil
}

func readKey(path string) (*sealer, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read secret key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("%s does not hold %d hexadecimal digits", path, 2*keyBytes)
	}
	return newSealer(key)
}

// current returns the key that seals. The file is looked at each time: another
// process may have put a new key there, and what is sealed with the old one
// from then on would be left behind.
func (b *Box) current() *sealer {
	b.mu.RLock()
	key, seen := b.key, b.seen
	b.mu.RUnlock()
	if b.path == "" {
		return key
	}
	if state := stateOf(b.path); state == seen || state == (fileState{}) || b.read() != nil {
		return key
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.key
}

// find returns the key with this id, or nil. One that is not known may have
// come since the files were read.
func (b *Box) find(id string) *sealer {
	b.mu.RLock()
	key := b.opened[id]
	b.mu.RUnlock()
	if key != nil || b.path == "" || b.read() != nil {
		return key
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.opened[id]
}

// Older returns the ids of the keys that open and no longer seal.
func (b *Box) Older() []string {
	current := b.current().id
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(b.opened)), func(id string) bool { return id == current })
}

// Opens reports whether the box has the key with this id, whether or not it
// seals with it.
func (b *Box) Opens(id string) bool { return b.find(id) != nil }

// Rotate puts a new key in the place of the one that seals, which stays beside
// it as secret.key.<id> and opens what it has sealed. From here on every
// process on the same folder seals with the new one. Wherever it is cut short,
// all keys that have sealed anything are there. With keys that were given it is
// a Conflict: whoever gives them gives the new one in front of the old.
func (b *Box) Rotate() (old string, err error) {
	if b.path == "" {
		return "", problem.New(problem.Conflict, "secret.given",
			"The secret key is given as a setting. Give the new one and the old one, with a comma between, to every process, and run this again.")
	}
	unlock, err := lockFile(filepath.Join(filepath.Dir(b.path), "."+fileName+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock() // two at once would each put their key over the other's
	if err := b.read(); err != nil {
		return "", err
	}
	text, err := os.ReadFile(b.path)
	if err != nil {
		return "", fmt.Errorf("read secret key: %w", err)
	}
	old = b.KeyID()
	if err := writeKey(b.path+"."+old, strings.TrimSpace(string(text)), true); err != nil {
		return "", err
	}
	if err := writeKey(b.path, newKey(), true); err != nil {
		return "", err
	}
	return old, b.read()
}

func lockFile(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock secret key: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock secret key: %w", err), file.Close())
	}
	return func() { _ = file.Close() }, nil // which lets go of the lock
}

func newKey() string {
	key := make([]byte, keyBytes)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(key)
}

// writeKey puts a key at path. Two processes may do so at once, and the machine
// may stop meanwhile: the key is whole and on the disk before it has its name.
// Unless it shall replace what is there, it is the first one's.
func writeKey(path, key string, replace bool) error {
	// Only its owner may read a temporary file. Its name begins with a dot, so
	// that nobody takes it for a key that was replaced.
	part, err := os.CreateTemp(filepath.Dir(path), "."+fileName+".*")
	if err != nil {
		return fmt.Errorf("write secret key: %w", err)
	}
	defer os.Remove(part.Name()) //nolint:errcheck // a second name of what is at path, or gone
	_, err = part.WriteString(key + "\n")
	if err := errors.Join(err, part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("write secret key: %w", err)
	}
	if !replace {
		err := os.Link(part.Name(), path)
		if err == nil || errors.Is(err, os.ErrExist) {
			return nil
		}
		// Not every file system has links.
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("write secret key: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name in a folder outlast the machine's stopping.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("write secret key: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("write secret key: %w", err)
	}
	return nil
}
