// SPDX-License-Identifier: Apache-2.0

// Package secret keeps SIP passwords, access keys and the credentials of phone
// systems encrypted at rest. Each ciphertext names the key that made it, so
// that a key can be changed while old values are still about.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
)

const (
	keyBytes = 32 // AES-256
	version  = "v1"
	fileName = "secret.key"
)

// Box seals secrets with one key, and opens what that or an older one has
// sealed. It is safe for concurrent use.
type Box struct {
	path string // of the key's file; "" when the keys were given

	mu     sync.RWMutex
	key    *sealer            // that seals
	opened map[string]*sealer // by id, those that open
	seen   fileState          // of the file when it was read
}

// sealer is one key.
type sealer struct {
	id   string
	aead cipher.AEAD
}

// New returns a box with a key of 32 bytes.
func New(key []byte) (*Box, error) {
	made, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return &Box{key: made, opened: map[string]*sealer{made.id: made}}, nil
}

func newSealer(key []byte) (*sealer, error) {
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
	return &sealer{id: hex.EncodeToString(sum[:4]), aead: aead}, nil
}

// Load returns the box of this installation: with the keys given as 64
// hexadecimal digits each, separated by commas, of which the first seals; or
// else with the one in dir/secret.key, which is made when it does not exist,
// and those that it has replaced.
func Load(given, dir string) (*Box, error) {
	if given == "" {
		return openFile(filepath.Join(dir, fileName))
	}
	var box *Box
	for text := range strings.SplitSeq(given, ",") {
		key, err := hex.DecodeString(strings.TrimSpace(text))
		if err != nil || len(key) != keyBytes {
			return nil, fmt.Errorf("the secret key must be %d hexadecimal digits", 2*keyBytes)
		}
		if box == nil {
			if box, err = New(key); err != nil {
				return nil, err
			}
			continue
		}
		older, err := newSealer(key)
		if err != nil {
			return nil, err
		}
		box.opened[older.id] = older
	}
	return box, nil
}

// OtherKeyError says that a secret was sealed with another key than the box's.
type OtherKeyError struct {
	Sealed string // id of the key that sealed it
	Own    string // id of the box's key
}

func (e *OtherKeyError) Error() string {
	return fmt.Sprintf("sealed with key %s, but this installation's key is %s", e.Sealed, e.Own)
}

// KeyID names the key that seals in every ciphertext.
func (b *Box) KeyID() string { return b.current().id }

// KeyOf returns the id of the key that sealed a secret; "" for what is none.
func KeyOf(sealed string) string {
	parts := strings.SplitN(sealed, ":", 3)
	if len(parts) != 3 || parts[0] != version {
		return ""
	}
	return parts[1]
}

// Prefix is what everything begins with that a key has sealed.
func Prefix(keyID string) string { return version + ":" + keyID + ":" }

// Seal encrypts plain for one purpose; only the same purpose opens it, so that
// a value copied to another row or column stays closed. Sealing "" gives "".
func (b *Box) Seal(purpose, plain string) string {
	if plain == "" {
		return ""
	}
	key := b.current()
	sealed := key.aead.Seal(nil, nil, []byte(plain), []byte(purpose))
	return Prefix(key.id) + base64.RawStdEncoding.EncodeToString(sealed)
}

// Open decrypts what Seal made for the same purpose.
func (b *Box) Open(purpose, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	id := KeyOf(sealed)
	if id == "" {
		return "", errors.New("not a sealed secret")
	}
	key := b.find(id)
	if key == nil {
		return "", &OtherKeyError{Sealed: id, Own: b.KeyID()}
	}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(sealed, Prefix(id)))
	if err != nil {
		return "", fmt.Errorf("decode sealed secret: %w", err)
	}
	plain, err := key.aead.Open(nil, nil, data, []byte(purpose))
	if err != nil {
		return "", fmt.Errorf("open sealed secret: %w", err)
	}
	return string(plain), nil
}

// Reseal returns a sealed secret as the newest key seals it.
func (b *Box) Reseal(purpose, sealed string) (string, error) {
	plain, err := b.Open(purpose, sealed)
	if err != nil {
		return "", err
	}
	return b.Seal(purpose, plain), nil
}
