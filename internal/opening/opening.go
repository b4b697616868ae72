// SPDX-License-Identifier: Apache-2.0

// Package opening says when somebody is there: the hours of a week, by the
// clock on the wall of a time zone.
package opening

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Hours are times of a week, by the clock on the wall of a time zone.
type Hours struct {
	TimeZone string  `json:"time_zone,omitempty"` // IANA name; "" for the tenant's own
	Ranges   []Range `json:"ranges"`
}

// Range is a part of some days. One whose end is before its beginning goes on
// over midnight into the next day; its days are those on which it begins.
type Range struct {
	Days []string `json:"days,omitempty"` // mon … sun; none for every day
	From string   `json:"from"`           // 08:00
	To   string   `json:"to"`             // 18:00, the first minute that is not part of it; 24:00 is midnight
}

// Weekdays are the names of the days, by [time.Weekday].
var Weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

var clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$`)

const dayMinutes = 24 * 60

// RangesMax is how many ranges hours may have.
const RangesMax = 20

// Week is Hours made ready.
type Week struct {
	Zone   *time.Location
	ranges []minutes
}

// minutes is a Range counted in minutes of the day.
type minutes struct {
	days     [7]bool // by time.Weekday
	from, to int
}

// Compile makes hours ready. Those that name no zone go by the given one. What
// is wrong with them is told to fault, by the name of the field on the wire.
func Compile(h Hours, zone *time.Location, fault func(name, detail string)) *Week {
	out := &Week{Zone: zone}
	if h.TimeZone != "" {
		named, err := time.LoadLocation(h.TimeZone)
		if err != nil || h.TimeZone == "Local" {
			fault("timeZone", "must be a name such as Asia/Ho_Chi_Minh")
			named = zone
		}
		out.Zone = named
	}
	if len(h.Ranges) == 0 || len(h.Ranges) > RangesMax {
		fault("ranges", fmt.Sprintf("must be 1 to %d", RangesMax))
		return out
	}
	for i, r := range h.Ranges {
		at := func(name, detail string) { fault(fmt.Sprintf("ranges[%d].%s", i, name), detail) }
		m := minutes{from: minuteOf(r.From), to: minuteOf(r.To)}
		if m.from < 0 || m.from == dayMinutes {
			at("from", "must be a time such as 08:00")
		}
		if m.to < 0 || m.to == m.from {
			at("to", "must be another time, such as 18:00, or 24:00")
		}
		for _, day := range r.Days {
			k := slices.Index(Weekdays, day)
			if k < 0 {
				at("days", "must be of mon, tue, wed, thu, fri, sat and sun")
				continue
			}
			m.days[k] = true
		}
		if len(r.Days) == 0 {
			m.days = [7]bool{true, true, true, true, true, true, true}
		}
		out.ranges = append(out.ranges, m)
	}
	return out
}

// minuteOf returns the minute of the day, or -1.
func minuteOf(text string) int {
	if !clockForm.MatchString(text) {
		return -1
	}
	hour, _ := strconv.Atoi(text[:2])
	minute, _ := strconv.Atoi(text[3:])
	return hour*60 + minute
}

// Contains reports whether an instant is within the hours.
func (h *Week) Contains(instant time.Time) bool {
	at := instant.In(h.Zone)
	minute, day := at.Hour()*60+at.Minute(), at.Weekday()
	before := (day + 6) % 7
	for _, r := range h.ranges {
		switch {
		case r.from < r.to && r.days[day] && minute >= r.from && minute < r.to:
			return true
		case r.from > r.to && (r.days[day] && minute >= r.from || r.days[before] && minute < r.to):
			return true
		}
	}
	return false
}

// String shows hours as in "mon,tue 08:00-18:00 Asia/Ho_Chi_Minh".
func (h Hours) String() string {
	parts := make([]string, len(h.Ranges))
	for i, r := range h.Ranges {
		parts[i] = strings.TrimSpace(strings.Join(r.Days, ",") + " " + r.From + "-" + r.To)
	}
	return strings.TrimSpace(strings.Join(parts, "; ") + " " + h.TimeZone)
}
