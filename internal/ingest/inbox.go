// SPDX-License-Identifier: Apache-2.0

package ingest

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const (
	inboxShown     = 16 << 10 // bytes of a body that a list shows
	inboxBatch     = 50       // requests that are read again in one transaction
	headerBytesMax = 200
)

// InboxItem is a request that was refused, as it came.
type InboxItem struct {
	Tenant        int64
	ID            string // rises with time
	ReceivedAt    int64  // Unix ms
	Connector     int64  // 0 if the tenant had none for it
	Path          string // without the key
	Status        int    // what it was answered
	Reason        string // why, or why not when it was last read again
	ContentType   string
	Size          int64  // bytes of the request's body, as far as known
	Body          []byte // its beginning if it was too large, or in a list
	BodyBytes     int64  // how much is kept
	ReprocessedAt int64  // Unix ms when it became an event; 0 while it waits
	EventPosition int64  // of that event; 0 if it said nothing
}

// Reprocessed counts what became of requests that were read again.
type Reprocessed struct {
	Stored    int `json:"stored"`
	Duplicate int `json:"duplicate" doc:"Were in the log already, or say nothing"`
	Failed    int `json:"failed" doc:"Stay in the inbox, with the reason"`
}

// keep puts a refused request into the inbox. It returns when that is on disk.
func (i *Ingest) keep(ctx context.Context, s *source, r *http.Request, d dialect, m message, no *refusal) error {
	path := d.path()
	if name := connectorNamed(r.URL); name != "" {
		path += "?connector=" + url.QueryEscape(name)
	}
	id, err := inboxID(m.received)
	if err != nil {
		return err
	}
	item := InboxItem{
		Tenant: s.tenant.ID, ID: id, ReceivedAt: m.received, Connector: s.id, Path: headerText(path), Status: no.status,
		Reason: no.reason, ContentType: headerText(m.contentType), Size: max(r.ContentLength, int64(len(m.body))),
		Body: m.body, BodyBytes: int64(len(m.body)),
	}
	var dropped int
	err = i.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
		if err := addItem(ctx, tx.Tx, &item); err != nil {
			return err
		}
		dropped, err = makeRoom(ctx, tx.Tx, i.Inbox, item.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep refused request: %w", err)
	}
	i.metrics.kept.Inc()
	i.noteDropped(ctx, "size", dropped)
	return nil
}

// noteDropped raises the alarm: something was lost that nobody had looked
// after.
func (i *Ingest) noteDropped(ctx context.Context, bound string, dropped int) {
	if dropped == 0 {
		return
	}
	i.metrics.dropped.WithLabelValues(bound).Add(float64(dropped))
	i.Logger.WarnContext(ctx, "inbox dropped requests that were not read again", "bound", bound, "requests", dropped)
}

// dropOld removes what the inbox need not keep any longer.
func (i *Ingest) dropOld(ctx context.Context) error {
	if i.Inbox.Age == 0 {
		return nil
	}
	oldest := firstID(i.Now().Add(-i.Inbox.Age).UnixMilli())
	for {
		removed, dropped := 0, 0
		err := i.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
			removed, dropped, err = removeOld(ctx, tx.Tx, oldest)
			return err
		})
		if err != nil {
			return fmt.Errorf("drop old requests from the inbox: %w", err)
		}
		i.noteDropped(ctx, "age", dropped)
		if removed == 0 {
			return nil
		}
	}
}

// ForgetOld removes what came to a tenant's inbox before a time (Unix ms).
func (i *Ingest) ForgetOld(ctx context.Context, tenant, before int64) error {
	for removed := 1; removed > 0; {
		err := i.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) (err error) {
			removed, _, err = removeOldOf(ctx, tx.Tx, tenant, firstID(before))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// inboxID returns an id that rises with the time of reception.
func inboxID(ms int64) (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make inbox id: %w", err)
	}
	setTime(&id, ms)
	return id.String(), nil
}

// firstID is before every id of that time or later.
func firstID(ms int64) string {
	var id uuid.UUID
	setTime(&id, ms)
	return id.String()
}

// setTime writes the 48 bits of Unix ms that a UUID of version 7 begins with.
func setTime(id *uuid.UUID, ms int64) {
	for at := range 6 {
		id[at] = byte(ms >> (8 * (5 - at)))
	}
}

// headerText makes what a header said fit for a column.
func headerText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if len(s) > headerBytesMax {
		s = strings.ToValidUTF8(s[:headerBytesMax], "")
	}
	return s
}

// ListInbox returns up to limit refused requests of a tenant, the newest
// first, with the beginning of their bodies. after is the id of the last item
// of the page before, or "".
func (i *Ingest) ListInbox(ctx context.Context, tenant int64, after string, limit int) ([]InboxItem, error) {
	return i.store.listInbox(ctx, tenant, after, limit)
}

// FindInbox returns a refused request with all that is kept of its body;
// NotFound when there is none.
func (i *Ingest) FindInbox(ctx context.Context, tenant int64, id string) (InboxItem, error) {
	return i.store.findItem(ctx, tenant, id)
}

// DropInbox removes a refused request for good; NotFound when there is none.
func (i *Ingest) DropInbox(ctx context.Context, tenant int64, id string) error {
	return i.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return removeItem(ctx, tx.Tx, tenant, id)
	})
}

// ReprocessOne reads a refused request again, as if it had just come with the
// time it came. It returns the item as it is then.
func (i *Ingest) ReprocessOne(ctx context.Context, tenant int64, id string) (Reprocessed, InboxItem, error) {
	item, err := i.store.findItem(ctx, tenant, id)
	if err != nil {
		return Reprocessed{}, InboxItem{}, err
	}
	count, err := i.reprocess(ctx, []InboxItem{item})
	if err != nil {
		return Reprocessed{}, InboxItem{}, err
	}
	item, err = i.store.findItem(ctx, tenant, id)
	return count, item, err
}

// ReprocessAll reads all refused requests of a tenant again that wait, the
// oldest first.
func (i *Ingest) ReprocessAll(ctx context.Context, tenant int64) (total Reprocessed, err error) {
	after := ""
	for {
		items, err := i.store.listWaiting(ctx, tenant, after, inboxBatch)
		if err != nil || len(items) == 0 {
			return total, err
		}
		count, err := i.reprocess(ctx, items)
		if err != nil {
			return total, err
		}
		total.Stored += count.Stored
		total.Duplicate += count.Duplicate
		total.Failed += count.Failed
		after = items[len(items)-1].ID
	}
}

// reread is a refused request that was parsed again.
type reread struct {
	item   *InboxItem
	events []eventlog.Event
	no     *refusal
}

// reprocess parses items again and stores what they say, each item together
// with what became of it.
func (i *Ingest) reprocess(ctx context.Context, items []InboxItem) (count Reprocessed, err error) {
	all, err := i.roster.get(ctx)
	if err != nil {
		return count, err
	}
	list := make([]reread, len(items))
	for at := range items {
		list[at].item = &items[at]
		list[at].events, list[at].no, err = i.parseAgain(ctx, all, &items[at])
		if err != nil {
			return count, err
		}
	}
	now := i.Now().UnixMilli()
	err = i.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		count = Reprocessed{} // the work may be done twice
		for _, one := range list {
			if err := one.store(ctx, tx, now, &count); err != nil {
				return err
			}
		}
		return nil
	})
	return count, err
}

func (one *reread) store(ctx context.Context, tx *eventlog.Tx, now int64, count *Reprocessed) error {
	if one.no != nil {
		count.Failed++
		if one.no.reason == one.item.Reason {
			return nil
		}
		return markFailed(ctx, tx.Tx, one.item, one.no.reason)
	}
	outcomes, err := tx.Append(ctx, one.events...)
	if p := problem.Of(err); p.Kind == problem.Invalid {
		count.Failed++
		return markFailed(ctx, tx.Tx, one.item, p.Detail)
	}
	if err != nil {
		return err
	}
	position := int64(0)
	if len(outcomes) > 0 {
		position = outcomes[0].Record.Position
	}
	if outcomeOf(outcomes) == "stored" {
		count.Stored++
	} else {
		count.Duplicate++
	}
	return markReprocessed(ctx, tx.Tx, one.item, now, position)
}

// parseAgain does what the endpoint did when the request came. The connector
// may have been made since.
func (i *Ingest) parseAgain(ctx context.Context, all *roster, item *InboxItem) ([]eventlog.Event, *refusal, error) {
	if item.Status == http.StatusRequestEntityTooLarge {
		return nil, &refusal{reason: tooLarge}, nil
	}
	d, name := endpointOf(item.Path)
	s := all.find(item.Tenant, func(s *source) bool { return s.id == item.Connector })
	if s == nil && item.Connector != 0 {
		return nil, &refusal{reason: "its connector was deleted"}, nil
	}
	if s == nil {
		var no *refusal
		var err error
		if s, no, err = i.choose(ctx, all, item.Tenant, d.name(), name); err != nil || no != nil {
			return nil, no, err
		}
	}
	w := works.Get().(*work) // the pool holds nothing else
	defer w.release()
	events, no := d.parse(w, s, message{contentType: item.ContentType, body: item.Body, received: item.ReceivedAt})
	return events, no, nil
}

// endpointOf returns what read a request, and the connector that it named.
func endpointOf(path string) (dialect, string) {
	path, query, _ := strings.Cut(path, "?")
	values, _ := url.ParseQuery(query) // it was written by keep
	if path == (envelope{}).path() {
		return envelope{}, values.Get("connector")
	}
	return flat{}, values.Get("connector")
}

// show returns a body as text, or as base64 when it is none that a terminal or
// a page could bear. The last character may have been cut in two.
func show(body []byte, whole bool) (text, encoding string) {
	if !whole {
		for cut := 0; cut < utf8.UTFMax && len(body) > 0 && !utf8.Valid(body); cut++ {
			body = body[:len(body)-1]
		}
	}
	if utf8.Valid(body) && bytes.IndexByte(body, 0) < 0 {
		return string(body), "text"
	}
	return base64.StdEncoding.EncodeToString(body), "base64"
}
