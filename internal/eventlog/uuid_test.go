// SPDX-License-Identifier: Apache-2.0

package eventlog_test

import (
	"testing"

	"github.com/google/uuid"

	"tandem/internal/eventlog"
)

// The id is part of the wire: it must never change, and no two events share one.
func TestUUID(t *testing.T) {
	t.Parallel()
	const want = "9be42d2d-190d-8d77-bcd2-8d030c591775"
	if got := eventlog.UUID(1, "call/1/1463669263.30033", "call.new/x"); got != want {
		t.Errorf("id %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for _, id := range []string{
		eventlog.UUID(1, "call/1/a", "k"), eventlog.UUID(2, "call/1/a", "k"),
		eventlog.UUID(1, "call/1/a", "l"), eventlog.UUID(1, "call/1/ak", ""), eventlog.UUID(1, "call/1/", "ak"),
	} {
		parsed, err := uuid.Parse(id)
		if err != nil || parsed.Version() != 8 || parsed.Variant() != uuid.RFC4122 {
			t.Errorf("%s is no version 8 UUID: %v", id, err)
		}
		if seen[id] {
			t.Errorf("%s names two events", id)
		}
		seen[id] = true
	}
}

// Ids of later positions sort behind, whatever they are about; those of one
// position differ all the same.
func TestRisingUUID(t *testing.T) {
	t.Parallel()
	var last string
	for _, position := range []int64{1, 2, 255, 256, 1 << 20, 1<<47 - 1} {
		id := eventlog.RisingUUID(position, 1, "call/1/a", "k")
		parsed, err := uuid.Parse(id)
		if err != nil || parsed.Version() != 8 || parsed.Variant() != uuid.RFC4122 {
			t.Errorf("%s is no version 8 UUID: %v", id, err)
		}
		if id <= last {
			t.Errorf("%s of position %d does not sort behind %s", id, position, last)
		}
		last = id
		if id == eventlog.RisingUUID(position, 2, "call/1/a", "k") {
			t.Errorf("%s names two things", id)
		}
	}
}
