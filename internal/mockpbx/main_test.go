// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"log/slog"
	"testing"

	"go.uber.org/goleak"
)

// No test may leave a goroutine behind: Run finishes what it starts.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
