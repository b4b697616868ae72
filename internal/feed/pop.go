// SPDX-License-Identifier: Apache-2.0

package feed

import (
	"encoding/json"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
)

const (
	typePop = "agent.popped" // the order to open a page at an agent
	// popTime is how long after its order a page is still worth opening: a log
	// that is read late must not open yesterday's.
	popTime = time.Minute
)

// popUpdate is the data of Pop.
type popUpdate struct {
	Position int64     `json:"position"`
	URL      string    `json:"url"`
	Window   string    `json:"window"` // page or tab
	Call     *popCall  `json:"call"`
	At       time.Time `json:"at"`
}

type popCall struct {
	ID int64 `json:"id"`
}

// pop has a page opened at the sockets of the agent that a record names, if it
// is an order to do so. It reports whether it is one: that changes no call.
func (f *Feed) pop(r *eventlog.Record) bool {
	if r.Type != typePop {
		return false
	}
	var order struct {
		Agent, URL, Window string
		Call               int64
	}
	if time.Since(time.UnixMilli(r.Received)) > popTime || json.Unmarshal(r.Data, &order) != nil || order.Agent == "" {
		return true
	}
	update := popUpdate{Position: r.Position, URL: order.URL, Window: order.Window, At: httpapi.Instant(r.At)}
	if update.Window == "" {
		update.Window = "page"
	}
	if order.Call != 0 {
		update.Call = &popCall{order.Call}
	}
	f.tellUser(r, order.Agent, eventPop, update)
	return true
}
