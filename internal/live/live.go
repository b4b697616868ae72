// SPDX-License-Identifier: Apache-2.0

// Package live keeps the present state of calls inside the append of their
// events, so that a list right after an answer to a webhook shows the call.
//
// In-order events are folded onto the stored state in O(1). An event that
// belongs before what is folded makes the call be folded anew from the log; if
// the call is long, that is left to a follower, which does it at once for a
// call that has been quiet and now and then for one that is stormed.
package live

import (
	"embed"
	"strconv"
	"strings"

	"tandem/internal/call"
	"tandem/internal/db"
	"tandem/internal/tenant"
)

// Tables holds the migrations of the tables this package owns. Everyone may
// query the present state, through this package's methods.
//
//go:embed migrations/*.sql
var Tables embed.FS

// The most that is folded anew of a call within an append; behind it the other
// calls of the batch wait.
const (
	refoldMax      = 100     // events; a usual call has a dozen
	refoldBytesMax = 2 << 20 // of their data: an event may have a megabyte
)

// Call is one call with its present state.
type Call struct {
	ID        int64 // position of its first stored event
	Tenant    int64
	Connector int64
	CallID    string
	State     call.Call
	MatchKey  string // of their number
	Position  int64  // of its newest event
	UpdatedAt int64  // Unix ms when that was received
	Late      bool   // a late event waits to be folded
}

// Counts is what a tenant's calls and contacts count up to. The seven are the
// dashboard's buckets: each call is in one, by the last of the seven types of
// event that took effect.
type Counts struct {
	Contacts                                                int64
	New, Standby, Waiting, Entered, Ongoing, Left, Finished int64
}

// Active returns how many calls have not finished.
func (c Counts) Active() int64 {
	return c.New + c.Standby + c.Waiting + c.Entered + c.Ongoing + c.Left
}

// bucket returns the counter of a call's bucket, or nil if it is in none.
func (c *Counts) bucket(name string) *int64 {
	switch name {
	case call.TypeNew:
		return &c.New
	case call.TypeStandby:
		return &c.Standby
	case call.TypeWaiting:
		return &c.Waiting
	case call.TypeEntered:
		return &c.Entered
	case call.TypeOngoing:
		return &c.Ongoing
	case call.TypeLeft:
		return &c.Left
	case call.TypeFinished:
		return &c.Finished
	default:
		return nil
	}
}

// move counts a call out of one bucket and into another.
func (c *Counts) move(from, to string) {
	if n := c.bucket(from); n != nil {
		*n--
	}
	if n := c.bucket(to); n != nil {
		*n++
	}
}

// minus returns what must be added to b to make it c.
func (c Counts) minus(b Counts) *Counts {
	return &Counts{
		Contacts: c.Contacts - b.Contacts, New: c.New - b.New, Standby: c.Standby - b.Standby,
		Waiting: c.Waiting - b.Waiting, Entered: c.Entered - b.Entered, Ongoing: c.Ongoing - b.Ongoing,
		Left: c.Left - b.Left, Finished: c.Finished - b.Finished,
	}
}

// Source is what was last heard of one connector.
type Source struct {
	LastAt     int64 // Unix ms, received
	LastType   string
	LastSkewMS int64 // its clock against ours; 0 if it gave no readable time
	Day        int64 // days since 1970-01-01 UTC
	Today      int64 // events of that day
}

// Live is the present state. It is safe for concurrent use.
type Live struct {
	db      *db.DB
	tenants *tenant.Directory
	woken   chan struct{} // something is stale
}

// New returns the present state kept in database.
func New(database *db.DB, tenants *tenant.Directory) *Live {
	return &Live{db: database, tenants: tenants, woken: make(chan struct{}, 1)}
}

const callPrefix = "call/"

// The streams of calls that somebody asked for, and of what dialers say, have
// names from the first of these to the last.
const (
	DialsFirst = "dial/"
	DialsLast  = "dialer0"
)

// TypeErased is the event that says that old calls, and their events, are no
// longer there.
const TypeErased = "calls.erased"

// Stream returns the stream of a call.
func Stream(connector int64, callID string) string {
	return callPrefix + strconv.FormatInt(connector, 10) + "/" + callID
}

// ParseStream returns the call that a stream is about, and whether it is about
// one. A call_id may hold slashes.
func ParseStream(stream string) (connector int64, callID string, ok bool) {
	rest, ok := strings.CutPrefix(stream, callPrefix)
	if !ok {
		return 0, "", false
	}
	number, callID, ok := strings.Cut(rest, "/")
	if !ok {
		return 0, "", false
	}
	connector, err := strconv.ParseInt(number, 10, 64)
	return connector, callID, err == nil
}
