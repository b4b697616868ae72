// SPDX-License-Identifier: Apache-2.0

package user

import (
	"sync"
	"time"
)

const (
	wrongMax    = 10 // wrong passwords that have no consequence
	lockFirst   = 10 * time.Second
	lockMax     = 15 * time.Minute
	wrongForget = time.Hour // without another wrong one
	loginsMax   = 10_000    // logins watched
)

// attempts counts wrong passwords. From the tenth on a login is closed for a
// while that doubles each time. Logins that do not exist are counted as well,
// or the count would tell which ones do. It lasts as long as the process.
type attempts struct {
	now func() time.Time

	mu     sync.Mutex
	logins map[string]attempt
}

type attempt struct {
	wrong int
	last  time.Time
	until time.Time // closed
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, logins: map[string]attempt{}}
}

// wait returns how long a login is still closed.
func (a *attempts) wait(login string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.logins[login].until.Sub(a.now())
}

func (a *attempts) succeeded(login string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.logins, login)
}

// failed counts a wrong password, and returns how long the login is closed for
// it.
func (a *attempts) failed(login string) (closed time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	entry, ok := a.logins[login]
	if !ok {
		a.makeRoom(now)
	}
	if now.Sub(entry.last) > wrongForget {
		entry = attempt{}
	}
	entry.wrong++
	entry.last = now
	if over := entry.wrong - wrongMax; over >= 0 {
		closed = min(lockFirst<<min(over, 10), lockMax)
		entry.until = now.Add(closed)
	}
	a.logins[login] = entry
	return closed
}

// makeRoom keeps the number of logins bounded. It gives up the one with the
// fewest wrong passwords, so that guessing at many does not open one again.
func (a *attempts) makeRoom(now time.Time) {
	if len(a.logins) < loginsMax {
		return
	}
	least, fewest := "", 0
	for login, entry := range a.logins {
		if now.Sub(entry.last) > wrongForget {
			delete(a.logins, login)
			continue
		}
		if least == "" || entry.wrong < fewest {
			least, fewest = login, entry.wrong
		}
	}
	if len(a.logins) >= loginsMax {
		delete(a.logins, least)
	}
}
