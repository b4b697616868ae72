// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"time"
)

const (
	paceRows    = 64                    // rows that the first transaction imports
	paceRowsMin = 16                    // fewer make the whole too slow
	paceTime    = 25 * time.Millisecond // that a transaction should take
	paceWait    = time.Millisecond      // for the writer, behind which somebody else is writing
	paceRestMax = 50 * time.Millisecond
)

// pace keeps an import from being in the way of events, which wait while it
// writes: its transactions take some 25 ms, however fast the machine is, and
// when others write as well it leaves them a third of the time.
type pace struct {
	rows int // that the next transaction is to import

	begun, entered time.Time
}

func (p *pace) begin() { p.begun, p.entered = time.Now(), time.Time{} }

// enter says that the transaction has come to the import's own work.
func (p *pace) enter() { p.entered = time.Now() }

// end learns from a transaction, and rests.
func (p *pace) end(ctx context.Context) {
	if p.entered.IsZero() {
		return
	}
	waited, took := p.entered.Sub(p.begun), time.Since(p.entered)
	switch {
	case took > paceTime*5/4:
		p.rows = max(paceRowsMin, p.rows*3/4)
	case took < paceTime*3/4:
		p.rows = min(chunkRows, p.rows*5/4)
	}
	if waited < paceWait {
		return
	}
	rest := time.NewTimer(min(took/2, paceRestMax))
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-ctx.Done():
	}
}
