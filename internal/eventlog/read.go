// SPDX-License-Identifier: Apache-2.0

package eventlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
)

const columns = `position, tenant, connector, stream, key, type, at, received, late, skew_ms, data, raw`

// Querier is what reads the log: a pool of readers, or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readBytesMax is about how much [Log.ReadAfter] reads at a time: an event may
// have a megabyte, and there are several readers.
const readBytesMax = 8 << 20

// ReadAfter returns up to limit records behind position, in order: fewer when
// they are large or the rest is elsewhere, none only at the end. Nothing ever
// appears behind a position that was returned. The records' Data and Raw may be
// others' as well: they must not be changed.
func (l *Log) ReadAfter(ctx context.Context, position int64, limit int) ([]Record, error) {
	if records := l.tail.after(position, limit, readBytesMax); len(records) > 0 {
		return records, nil
	}
	const query = `
		SELECT ` + columns + `
		FROM events
		WHERE position > $1
		ORDER BY position
		LIMIT $2`
	rows, err := l.db.QueryContext(ctx, query, position, limit)
	if err != nil {
		return nil, fmt.Errorf("read log after %d: %w", position, err)
	}
	records, err := scanRecords(rows, readBytesMax)
	if err != nil {
		return nil, fmt.Errorf("read log after %d: %w", position, err)
	}
	return records, nil
}

// ReadTenant returns up to limit of one tenant's records behind position, in
// order. It passes over the other tenants' records, so it is for short ways.
func ReadTenant(ctx context.Context, q Querier, tenant, position int64, limit int) ([]Record, error) {
	const query = `
		SELECT ` + columns + `
		FROM events
		WHERE +tenant = $1 AND position > $2 -- the plus keeps the planner on the positions
		ORDER BY position
		LIMIT $3`
	records, err := queryRecords(ctx, q, query, tenant, position, limit)
	if err != nil {
		return nil, fmt.Errorf("read log of tenant %d after %d: %w", tenant, position, err)
	}
	return records, nil
}

// ReadStream returns the records of one stream behind position, in the order
// of the log. A limit of 0 means all.
func (l *Log) ReadStream(ctx context.Context, tenant int64, stream string, after int64, limit int) ([]Record, error) {
	return ReadStream(ctx, l.db, tenant, stream, after, limit)
}

// ReadStream is [Log.ReadStream] within a transaction.
func ReadStream(ctx context.Context, q Querier, tenant int64, stream string, after int64, limit int) ([]Record, error) {
	const query = `
		SELECT ` + columns + `
		FROM events
		WHERE tenant = $1 AND stream = $2 AND position > $3
		ORDER BY position
		LIMIT $4`
	if limit <= 0 {
		limit = 1 << 31
	}
	records, err := queryRecords(ctx, q, query, tenant, stream, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	return records, nil
}

// StreamBytes returns how much data the records of a stream hold. It looks at
// their lengths only, so it is cheap even where reading them is not.
func StreamBytes(ctx context.Context, tx *sql.Tx, tenant int64, stream string) (bytes int64, err error) {
	const query = `
		SELECT COALESCE(SUM(OCTET_LENGTH(data)), 0)
		FROM events
		WHERE tenant = $1 AND stream = $2`
	if err := tx.QueryRowContext(ctx, query, tenant, stream).Scan(&bytes); err != nil {
		return 0, fmt.Errorf("measure stream %s: %w", stream, err)
	}
	return bytes, nil
}

// EachStream calls visit with all records of each stream whose name begins with
// prefix, one stream of one tenant after the other, in the order of their
// names. It sees one moment of the log.
func (l *Log) EachStream(ctx context.Context, prefix string, visit func(records []Record) error) error {
	const query = `
		SELECT ` + columns + `
		FROM events
		WHERE stream >= $1 AND stream < $2
		ORDER BY tenant, stream, key`
	return l.db.Snapshot(ctx, func(tx *sql.Tx) (err error) {
		// The byte behind the prefix's last bounds the names that begin with it.
		after := prefix[:len(prefix)-1] + string(prefix[len(prefix)-1]+1)
		rows, err := tx.QueryContext(ctx, query, prefix, after)
		if err != nil {
			return fmt.Errorf("read streams: %w", err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		var group []Record
		for rows.Next() {
			r, err := scanRecord(rows)
			if err != nil {
				return fmt.Errorf("read streams: %w", err)
			}
			if len(group) > 0 && (group[0].Tenant != r.Tenant || group[0].Stream != r.Stream) {
				if err := visit(group); err != nil {
					return err
				}
				group = nil
			}
			group = append(group, r)
		}
		if len(group) > 0 {
			if err := visit(group); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// Head returns the position of the newest record; 0 when there is none.
func (l *Log) Head(ctx context.Context) (head int64, err error) {
	const query = `SELECT COALESCE(MAX(position), 0) FROM events`
	if err := l.db.QueryRowContext(ctx, query).Scan(&head); err != nil {
		return 0, fmt.Errorf("find the log's head: %w", err)
	}
	return head, nil
}

// PositionAt returns the last position that was received before a time (Unix
// milliseconds). Times of receipt rise with the positions, as long as no clock is set back.
func (l *Log) PositionAt(ctx context.Context, at int64) (int64, error) {
	high, err := l.Head(ctx)
	if err != nil {
		return 0, err
	}
	low := int64(0) // received before at; high is not known to be
	for low < high {
		middle := low + (high-low+1)/2
		records, err := l.ReadAfter(ctx, middle-1, 1)
		if err != nil {
			return 0, err
		}
		if len(records) > 0 && records[0].Received < at {
			low = records[0].Position
		} else {
			high = middle - 1
		}
	}
	return low, nil
}

// Writable reports an error when nothing can be appended now.
func (l *Log) Writable(ctx context.Context) error {
	const add = `
		INSERT INTO events (position, tenant, connector, stream, key, type, at, received, late, data)
		VALUES (-1, 0, 0, '', '', '', 0, 0, 0, '')`
	const remove = `DELETE FROM events WHERE position < 0`
	return l.Transact(ctx, func(ctx context.Context, tx *Tx) error {
		// A row that comes and goes has to be written to the disk. A statement
		// that changes nothing is not, and succeeds on a full one.
		if _, err := tx.ExecContext(ctx, add); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, remove)
		return err
	})
}

// Check counts what should never be: positions that are missing.
func (l *Log) Check(ctx context.Context) (events, missing int64, err error) {
	const query = `SELECT COUNT(*), COALESCE(MAX(position), 0) FROM events`
	var head int64
	if err := l.db.QueryRowContext(ctx, query).Scan(&events, &head); err != nil {
		return 0, 0, fmt.Errorf("count events: %w", err)
	}
	return events, head - events, nil
}

func queryRecords(ctx context.Context, q Querier, query string, args ...any) ([]Record, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return scanRecords(rows, math.MaxInt)
}

// scanRecords reads rows until their end or until they hold more than most
// bytes.
func scanRecords(rows *sql.Rows, most int) (records []Record, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for bytes := 0; bytes < most && rows.Next(); {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		bytes += len(r.Data) + len(r.Raw)
		records = append(records, r)
	}
	return records, rows.Err()
}

func scanRecord(rows *sql.Rows) (r Record, err error) {
	var data string
	var skew sql.NullInt64
	err = rows.Scan(&r.Position, &r.Tenant, &r.Connector, &r.Stream, &r.Key, &r.Type, &r.At, &r.Received,
		&r.Late, &skew, &data, &r.Raw)
	r.Data, r.SkewMS, r.Timed = []byte(data), skew.Int64, skew.Valid
	return r, err
}
