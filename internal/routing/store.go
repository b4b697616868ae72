// SPDX-License-Identifier: Apache-2.0

package routing

import "tandem/internal/db"

// store holds the SQL of this package's tables.
type store struct{ db *db.DB }

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
