// SPDX-License-Identifier: Apache-2.0

package tenant

import (
	"encoding/json"
	"fmt"
	"time"

	"tandem/internal/problem"
)

// Limits is how much one call centre may have and do, so that it leaves room
// for the others. 0 is no limit.
type Limits struct {
	Contacts          int64 `json:"contacts" minimum:"0" doc:"Contacts, those that are deleted not counted; 0 is no limit"`
	Agents            int64 `json:"agents" minimum:"0" doc:"People who may sign in; 0 is no limit"`
	Keys              int64 `json:"keys" minimum:"0" doc:"API keys that are good; 0 is no limit"`
	Endpoints         int64 `json:"endpoints" minimum:"0" doc:"Other systems that events are sent to; 0 is no limit"`
	ImportsPerDay     int64 `json:"importsPerDay" minimum:"0" doc:"Imports that are started between two midnights, UTC; 0 is no limit"`
	ImportRows        int64 `json:"importRows" minimum:"0" doc:"Rows of one import; 0 is no limit"`
	RequestsPerSecond int64 `json:"requestsPerSecond" minimum:"0" doc:"Requests with the call centre's credentials, at each process; 0 is no limit"`
	WebhooksPerSecond int64 `json:"webhooksPerSecond" minimum:"0" doc:"Requests of its phone systems, at each process; 0 is no limit"`
}

// Usual are the limits of a call centre that was given no others. They keep an
// accident small. Phone systems have none: an event that is refused is late,
// and may come never.
var Usual = Limits{
	Contacts: 5_000_000, Agents: 10_000, Keys: 1_000, Endpoints: 5_000,
	ImportsPerDay: 200, ImportRows: 2_000_000, RequestsPerSecond: 50_000,
}

// parseLimits returns the usual limits with those that a row has instead.
func parseLimits(stored string) (Limits, error) {
	l := Usual
	if err := json.Unmarshal([]byte(stored), &l); err != nil {
		return Limits{}, fmt.Errorf("read limits: %w", err)
	}
	return l, nil
}

// check returns what is wrong with l.
func (l *Limits) check() (fields []problem.Field) {
	for _, one := range []struct {
		name  string
		value int64
	}{
		{"contacts", l.Contacts},
		{"agents", l.Agents},
		{"keys", l.Keys},
		{"endpoints", l.Endpoints},
		{"importsPerDay", l.ImportsPerDay},
		{"importRows", l.ImportRows},
		{"requestsPerSecond", l.RequestsPerSecond},
		{"webhooksPerSecond", l.WebhooksPerSecond},
	} {
		if one.value < 0 {
			fields = append(fields, problem.Field{Name: "limits." + one.name, Detail: "must be 0 for no limit, or more"})
		}
	}
	return fields
}

// RoomTime is after how long a program may ask whether there is room again.
// Somebody has to make it, and nobody can say when they will.
const RoomTime = time.Hour

// Room returns nil if a call centre that has so many of something may have
// more of it, and else a TooMany problem. What is a plural, as one reads it.
func Room(what string, limit, has, more int64) error {
	if limit == 0 || has+more <= limit {
		return nil
	}
	return problem.Retry(RoomTime,
		problem.New(problem.TooMany, "limit.reached", "This call centre may have %d %s and has %d.", limit, what, has))
}

// RoomToday is [Room] for what is counted from midnight to midnight, UTC. It
// says when there is room again.
func RoomToday(what string, limit, today, more int64, now time.Time) error {
	if limit == 0 || today+more <= limit {
		return nil
	}
	const day = 24 * time.Hour
	return problem.Retry(now.Truncate(day).Add(day).Sub(now),
		problem.New(problem.TooMany, "limit.reached", "This call centre may begin %d %s a day and has begun %d.", limit, what, today))
}
