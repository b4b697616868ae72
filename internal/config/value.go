// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Secret is a setting that is never shown: printing or logging it gives stars.
// string(s) is the value.
type Secret string

const stars = "***"

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return stars
}

// GoString keeps %#v from showing what String hides.
func (s Secret) GoString() string { return s.String() }

// LogValue keeps the log from showing what String hides.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// DSN is the address of a database. Printing or logging it hides the password.
type DSN string

func (d DSN) String() string {
	address, err := url.Parse(string(d))
	if err != nil {
		return stars
	}
	query := address.Query()
	if query.Has("password") {
		query.Set("password", "xxxxx")
		address.RawQuery = query.Encode()
	}
	return address.Redacted()
}

// GoString keeps %#v from showing what String hides.
func (d DSN) GoString() string { return d.String() }

// LogValue keeps the log from showing what String hides.
func (d DSN) LogValue() slog.Value { return slog.StringValue(d.String()) }

// Size is a number of bytes, written 4096, 64KiB, 10MB or 1GiB.
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{
	// Longest first, so that 1MiB is not read as "1Mi" bytes.
	{"kib", 1 << 10},
	{"mib", 1 << 20},
	{"gib", 1 << 30},
	{"kb", 1e3},
	{"mb", 1e6},
	{"gb", 1e9},
	{"b", 1},
	{"", 1},
}

// UnmarshalText reads a size with or without a unit.
func (s *Size) UnmarshalText(text []byte) error {
	for _, unit := range sizeUnits {
		digits, found := strings.CutSuffix(strings.ToLower(string(text)), unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/unit.bytes {
			break
		}
		*s = Size(n * unit.bytes)
		return nil
	}
	return fmt.Errorf("%q is not a size", text)
}

func (s Size) String() string {
	for _, unit := range []int{2, 1, 0} {
		if bytes := sizeUnits[unit].bytes; s > 0 && int64(s)%bytes == 0 {
			return fmt.Sprint(int64(s)/bytes, []string{"KiB", "MiB", "GiB"}[unit])
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// durations reads what time.ParseDuration reads, and whole days as 30d.
var durations = kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
		return err
	}
	value, err := time.ParseDuration(text)
	if digits, isDays := strings.CutSuffix(text, "d"); isDays {
		var days int64
		days, err = strconv.ParseInt(digits, 10, 16)
		value = time.Duration(days) * 24 * time.Hour
	}
	if err != nil {
		return fmt.Errorf("%q is not a duration", text)
	}
	target.SetInt(int64(value))
	return nil
})
