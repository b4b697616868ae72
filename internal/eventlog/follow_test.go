// SPDX-License-Identifier: Apache-2.0

package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
)

// Whatever is appended, by this process or by another one, whoever follows the
// log reads what is in the database, from every position and to the end.
func TestReadAfterIsWhatIsStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		logs := []*eventlog.Log{eventlogtest.Start(t, database), eventlogtest.Start(t, database)}
		random := rand.New(rand.NewPCG(1, 2))
		for step := range 60 {
			log := logs[min(random.IntN(4), 1)] // one of them less often
			appendSome(t, log, random, step)
			stored, err := eventlog.ReadTenant(t.Context(), database, 1, 0, 10_000)
			if err != nil {
				t.Fatal(err)
			}
			for _, reader := range logs {
				from := random.IntN(len(stored) + 1)
				got := readOn(t, reader, int64(from), 1+random.IntN(20))
				if want := stored[from:]; len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
					t.Fatalf("step %d: behind %d\n got %+v\nwant %+v", step, from, got, want)
				}
			}
		}
	})
}

// What has been redacted is nowhere to be read any more: not in this process,
// not what was appended in the same transaction, and not in another process
// once that has written again.
func TestReadAfterRedaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		own, other := eventlogtest.Start(t, database), eventlogtest.Start(t, database)
		event := func(tenant int64, key string) eventlog.Event {
			return eventlog.Event{Tenant: tenant, Stream: "call/1/a", Key: key, Type: "call.new", Data: []byte(`{"secret":1}`)}
		}
		for _, log := range []*eventlog.Log{own, other} {
			if _, err := log.Append(t.Context(), event(1, fmt.Sprintf("%p", log))); err != nil {
				t.Fatal(err)
			}
		}
		redact := func(first ...eventlog.Event) {
			err := own.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
				if _, err := tx.Append(ctx, first...); err != nil {
					return err
				}
				if _, err := tx.RedactTenant(ctx, 1, 0, 100); err != nil {
					return err
				}
				return tx.Forget(ctx)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		redact()
		if _, err := other.Append(t.Context(), event(2, "third")); err != nil { // the next of its own
			t.Fatal(err)
		}
		redact(event(1, "fourth"))
		for name, log := range map[string]*eventlog.Log{"own": own, "other": other} {
			for from := range int64(4) {
				for _, r := range readOn(t, log, from, 10) {
					if r.Tenant == 1 && string(r.Data) != "{}" {
						t.Errorf("%s still reads %d: %s", name, r.Position, r.Data)
					}
				}
			}
		}
	})
}

// readOn reads from a position to the end.
func readOn(t *testing.T, log *eventlog.Log, position int64, limit int) (all []eventlog.Record) {
	t.Helper()
	for {
		records, err := log.ReadAfter(t.Context(), position, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			return all
		}
		all = append(all, records...)
		position = records[len(records)-1].Position
	}
}

// appendSome appends in one of the ways there are, sometimes what is stored
// already, and sometimes without success.
func appendSome(t *testing.T, log *eventlog.Log, random *rand.Rand, step int) {
	t.Helper()
	events := make([]eventlog.Event, 1+random.IntN(4))
	for i := range events {
		n := random.IntN(step + 2) // some are the same
		events[i] = eventlog.Event{
			Tenant: 1, Connector: 1, Stream: fmt.Sprintf("call/1/%d", n%7), Key: fmt.Sprint(n), Type: "call.new",
			At: int64(n), Received: int64(n) + 5, Timed: n%2 == 0, Data: fmt.Appendf(nil, `{"n":%d}`, n),
		}
		if n%3 == 0 {
			events[i].Raw = []byte("\xff\x00 as it came")
		}
	}
	refused := errors.New("refused")
	var err error
	switch random.IntN(4) {
	case 0:
		_, err = log.Append(t.Context(), events...)
	case 1:
		err = log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			_, err := tx.Append(ctx, events...)
			return err
		})
	case 2:
		err = log.Transact(t.Context(), func(ctx context.Context, tx *eventlog.Tx) error {
			_, err := tx.Append(ctx, events...)
			return errors.Join(err, refused)
		})
		if errors.Is(err, refused) {
			err = nil
		}
	default:
		for i := range events {
			_, one := log.Append(t.Context(), events[i])
			err = errors.Join(err, one)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
