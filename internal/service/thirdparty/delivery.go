// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"encoding/json"
	"strconv"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/service/thirdparty/reach"
)

// The states of a delivery.
const (
	statusPending = "pending"
	statusSent    = "sent"
	statusFailed  = "failed"  // given up
	statusSkipped = "skipped" // no longer wanted: its endpoint was deleted, or it came too late
)

// Where a delivery comes from.
const (
	originEvent  = "event"
	originReplay = "replay"
	originResend = "resend"
	originTest   = "test"
)

// standardSchedule is how long after a failed attempt the next one comes, as
// Standard Webhooks recommend; the first attempt is made at once.
var standardSchedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// ref names an endpoint.
type ref struct {
	tenant int64
	id     string
}

// Delivery is one event for one endpoint. Times are Unix milliseconds.
type Delivery struct {
	Position   int64 // of the event; names the delivery within its endpoint
	Lane       string
	Type       string
	Status     string
	Origin     string
	Attempts   int
	DueAt      int64
	CreatedAt  int64
	FinishedAt int64
	HTTPStatus int
	TookMS     int64
	Error      string
	Exchanges  []reach.Exchange // of the last attempt

	to     ref
	record *eventlog.Record // nil until it is read from the log
}

// webhookID is what the receiver knows a delivery by. It is computed from what
// makes it the same one, so that it is the same however often it is sent.
func webhookID(to ref, position int64) string {
	return "msg_" + eventlog.UUID(to.tenant, "delivery/"+to.id, strconv.FormatInt(position, 10))
}

// exchangesText writes exchanges for the database.
func exchangesText(exchanges []reach.Exchange) string {
	if len(exchanges) == 0 {
		return "[]"
	}
	data, err := json.Marshal(exchanges)
	if err != nil { // texts and numbers always have an encoding
		return "[]"
	}
	return string(data)
}

// Replay is an order to deliver what the log holds behind First and up to Last.
type Replay struct {
	ID         string
	Endpoint   string
	Again      bool // also what was delivered already
	First      int64
	Last       int64
	At         int64 // done up to this position
	Matched    int64
	CreatedAt  int64
	FinishedAt int64 // 0 while it runs

	tenant int64
}
