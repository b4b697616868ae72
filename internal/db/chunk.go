// SPDX-License-Identifier: Apache-2.0

package db

import (
	"strconv"
	"strings"
)

// Chunk returns how many of n rows the next statement should take: one of a
// few fixed counts, so that there are few statement texts and each stays
// prepared.
func Chunk(n int) int {
	for _, size := range []int{64, 16, 4} {
		if n >= size {
			return size
		}
	}
	return 1
}

// Tuples returns n parenthesised rows of placeholders, numbered from $1, with a
// type for each column, since PostgreSQL cannot guess those of a VALUES list:
// "(CAST($1 AS BIGINT),CAST($2 AS TEXT)),…".
func Tuples(n int, types ...string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		for k, kind := range types {
			b.WriteByte("(,"[min(k, 1)])
			b.WriteString("CAST($")
			b.WriteString(strconv.Itoa(i*len(types) + k + 1))
			b.WriteString(" AS ")
			b.WriteString(kind)
			b.WriteByte(')')
		}
		b.WriteByte(')')
	}
	return b.String()
}

// anonymous returns query with its placeholders as "?" if each stands once and
// in order: SQLite's driver looks numbered ones up by name, one after the
// other, which for many of them costs more than the statement. What stands in
// quotes is text.
func anonymous(query string) string {
	var b strings.Builder
	rest := query
	quotes := 0
	for number := 1; ; number++ {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if quotes += strings.Count(before, "'"); quotes%2 == 1 {
			return query
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		if after[:digits] != strconv.Itoa(number) {
			return query
		}
		b.WriteByte('?')
		rest = after[digits:]
	}
}
