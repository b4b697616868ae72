// SPDX-License-Identifier: Apache-2.0

package live

import (
	"strconv"
	"strings"
)

// where builds a WHERE clause that starts with the tenant.
type where struct {
	tenant     int64
	conditions []string
	args       []any
}

// arg adds an argument and returns its placeholder.
func (w *where) arg(value any) string {
	if len(w.args) == 0 {
		w.args = append(w.args, w.tenant)
	}
	if text, ok := value.(string); ok {
		value = storable(text)
	}
	w.args = append(w.args, value)
	return "$" + strconv.Itoa(len(w.args))
}

func (w *where) and(condition string) { w.conditions = append(w.conditions, condition) }

// equal adds a condition unless value is "".
func (w *where) equal(column, value string) {
	if value != "" {
		w.and(column + " = " + w.arg(value))
	}
}

func (w *where) text() string {
	if len(w.args) == 0 {
		w.args = append(w.args, w.tenant)
	}
	return "WHERE " + strings.Join(append([]string{"tenant = $1"}, w.conditions...), " AND ")
}

// storable returns a text that may be asked for in either engine. What no
// database can hold is found in none; PostgreSQL fails on it instead.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}
