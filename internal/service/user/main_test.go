// SPDX-License-Identifier: Apache-2.0

package user

import (
	"os"
	"testing"

	"github.com/alexedwards/argon2id"
)

// TestMain makes passwords cheap to hash: that takes long on purpose, ten times
// as long under the race detector, and nearly every test makes some.
func TestMain(m *testing.M) {
	cost = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: cost.SaltLength, KeyLength: cost.KeyLength}
	os.Exit(m.Run())
}
