// SPDX-License-Identifier: Apache-2.0

// Package secret keeps SIP passwords, access keys and the credentials of phone
// systems encrypted at rest. Each ciphertext names the key that made it, so
// that a key can be changed while old values are still about.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	keyBytes = 32 // AES-256
	version  = "v1"
	fileName = "secret.key"
)

// Box seals and opens secrets with one key.
type Box struct {
	id   string
	aead cipher.AEAD
}

// New returns a box with a key of 32 bytes.
func New(key []byte) (*Box, error) {
	if len(key) != keyBytes {
		return nil, fmt.Errorf("secret key has %d bytes, want %d", len(key), keyBytes)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(key)
	return &Box{id: hex.EncodeToString(sum[:4]), aead: aead}, nil
}

// Load returns the box of this installation: with the key given as 64
// hexadecimal digits, or else with the one in dir/secret.key, which is made
// when it does not exist.
func Load(given, dir string) (*Box, error) {
	if given != "" {
		key, err := hex.DecodeString(strings.TrimSpace(given))
		if err != nil || len(key) != keyBytes {
			return nil, fmt.Errorf("the secret key must be %d hexadecimal digits", 2*keyBytes)
		}
		return New(key)
	}
	path := filepath.Join(dir, fileName)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return create(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read secret key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keyBytes {
		return nil, fmt.Errorf("%s does not hold %d hexadecimal digits", path, 2*keyBytes)
	}
	return New(key)
}

// create makes the key at path. Two processes may do so at once, and the
// machine may stop meanwhile: the key is whole and on the disk before it has
// its name, and it is the first one's.
func create(path string) (*Box, error) {
	key := make([]byte, keyBytes)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	// Only its owner may read a temporary file.
	part, err := os.CreateTemp(filepath.Dir(path), fileName+".*")
	if err != nil {
		return nil, fmt.Errorf("write secret key: %w", err)
	}
	defer os.Remove(part.Name()) //nolint:errcheck // a second name of what is at path
	_, err = part.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(err, part.Sync(), part.Close()); err != nil {
		return nil, fmt.Errorf("write secret key: %w", err)
	}
	err = os.Link(part.Name(), path)
	if errors.Is(err, os.ErrExist) {
		return Load("", filepath.Dir(path))
	}
	if err != nil { // not every file system has links
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return nil, fmt.Errorf("write secret key: %w", err)
	}
	return New(key)
}

// OtherKeyError says that a secret was sealed with another key than the box's.
type OtherKeyError struct {
	Sealed string // id of the key that sealed it
	Own    string // id of the box's key
}

func (e *OtherKeyError) Error() string {
	return fmt.Sprintf("sealed with key %s, but this installation's key is %s", e.Sealed, e.Own)
}

// KeyID names the box's key in every ciphertext.
func (b *Box) KeyID() string { return b.id }

// Seal encrypts plain for one purpose; only the same purpose opens it, so that
// a value copied to another row or column stays closed. Sealing "" gives "".
func (b *Box) Seal(purpose, plain string) string {
	if plain == "" {
		return ""
	}
	sealed := b.aead.Seal(nil, nil, []byte(plain), []byte(purpose))
	return version + ":" + b.id + ":" + base64.RawStdEncoding.EncodeToString(sealed)
}

// Open decrypts what Seal made for the same purpose.
func (b *Box) Open(purpose, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	parts := strings.SplitN(sealed, ":", 3)
	if len(parts) != 3 || parts[0] != version {
		return "", errors.New("not a sealed secret")
	}
	if parts[1] != b.id {
		return "", &OtherKeyError{Sealed: parts[1], Own: b.id}
	}
	data, err := base64.RawStdEncoding.DecodeString(parts[2])
	if err != nil {
		return "", fmt.Errorf("decode sealed secret: %w", err)
	}
	plain, err := b.aead.Open(nil, nil, data, []byte(purpose))
	if err != nil {
		return "", fmt.Errorf("open sealed secret: %w", err)
	}
	return string(plain), nil
}
