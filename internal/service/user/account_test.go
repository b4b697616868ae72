// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
)

// Whoever follows the log learns which queues an agent serves, and hears
// nothing of them when only a password has changed.
func TestChangesTellQueues(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w, _, _, _ := startSIP(t, database)
		agent := w.create(t, ana(w))
		if err := w.SetPassword(t.Context(), "ana", "another horse"); err != nil {
			t.Fatal(err)
		}
		records, err := w.log.ReadStream(t.Context(), w.demo.ID, "user/"+agent.ID, 0, 0)
		if err != nil || len(records) != 2 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		for i, told := range []bool{true, false} {
			if strings.Contains(string(records[i].Data), `"queues":[]`) != told {
				t.Errorf("told %s", records[i].Data)
			}
		}
	})
}
