// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"
)

// UUID returns the id that clients know an event by. It is computed from what
// makes the event the same one, so that whoever shows it, today or after a
// restore, shows the same id, and no column is needed for it. It is a version
// 8 UUID (RFC 9562 §5.8) made of SHA-256.
func UUID(tenant int64, stream, key string) string { return name(tenant, stream, key).String() }

// RisingUUID is [UUID] for what belongs to a position of the log and is kept in
// tables: ids of later positions sort behind, so that new rows are written side
// by side. Scattered over an index of many rows each would cost a page.
func RisingUUID(position, tenant int64, stream, key string) string {
	id := name(tenant, stream, key)
	var rising [8]byte
	binary.BigEndian.PutUint64(rising[:], uint64(position))
	copy(id[:6], rising[2:])
	return id.String()
}

func name(tenant int64, stream, key string) uuid.UUID {
	text := make([]byte, 0, 8+len(stream)+1+len(key))
	text = binary.BigEndian.AppendUint64(text, uint64(tenant))
	text = append(text, stream...)
	text = append(text, 0) // neither stream nor key holds NUL
	text = append(text, key...)
	sum := sha256.Sum256(text)
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}
