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

// Tuples returns n parenthesised rows of placeholders with the given types,
// numbered from $1: "(CAST($1 AS BIGINT),CAST($2 AS TEXT)),…". PostgreSQL
// cannot guess the types of a VALUES list.
func Tuples(n int, types ...string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for k, kind := range types {
			if k > 0 {
				b.WriteByte(',')
			}
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
