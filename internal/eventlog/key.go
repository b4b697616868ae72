// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
)

const keySumBytes = 18 // 144 bits, 24 characters: no collision to be feared

// Key returns the key of an event whose source has no id of its own: its type
// and a keyed hash of what it says. The same object with its members in
// another order, or with other white space, is the same event. The hash is
// keyed with a secret of the tenant, so that after an erasure nobody can find
// a phone number by trying them all.
func Key(secret []byte, typ string, object []byte) (string, error) {
	canonical, err := Canonical(object)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(canonical)
	return typ + "/" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:keySumBytes]), nil
}

// Canonical returns JSON with sorted members and no white space. Numbers keep
// their spelling: a long id must not be rounded to another one.
func Canonical(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("read JSON: something follows the value")
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
