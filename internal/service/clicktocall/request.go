// SPDX-License-Identifier: Apache-2.0

package clicktocall

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tandem/internal/eventlog"
	"tandem/internal/phone"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

// What may be asked for within an hour. A visitor behind a shared address still
// gets their call; a script does not empty an account.
const (
	limitTime    = time.Hour
	perTenant    = 600
	perVisitor   = 10
	perNumber    = 3
	keepRequests = 90 * 24 * time.Hour
	pageBytesMax = 500
)

// TypeRequested is the fact that a visitor wants to be called. Routing reads it
// and has the call made.
const TypeRequested = "dial.requested"

// firstDestination is who rings first: the agent, so that nobody who answers the
// call they asked for is kept waiting.
const firstDestination = "destination"

// Request is one visitor who asked to be called.
type Request struct {
	ID        string
	Number    string // as typed
	Origin    string
	Page      string
	Language  string
	Consent   string // the words that were agreed to
	CreatedAt int64  // Unix ms

	token    string
	matchKey string
	visitor  string
}

// requestedData is the data of TypeRequested.
type requestedData struct {
	ID              string            `json:"id"`
	To              string            `json:"to"` // E.164
	Destination     string            `json:"destination"`
	DestinationType string            `json:"destination_type"`
	First           string            `json:"first"`
	About           map[string]string `json:"about"`
}

// asked is what a page sends.
type asked struct {
	token, number, origin, page, language, address string
	agreed                                         bool
}

// request takes a visitor's request, or says why not.
func (c *ClickToCall) request(ctx context.Context, t tenant.Tenant, a asked) (Request, error) {
	b, err := c.shown(ctx, t)
	if err != nil {
		return Request{}, err
	}
	now := c.now()
	nonce, err := checkToken(t, a.token, a.origin, now)
	if err != nil {
		return Request{}, err
	}
	e164, country, ok := phone.Stranger(a.number, t.Region)
	switch {
	case !ok || !slices.Contains(b.Countries, country):
		return Request{}, problem.NewFields("click_to_call.bad_number", "This number cannot be called from here.",
			problem.Field{Name: "body.number", Detail: "must be a telephone number of " + strings.Join(b.Countries, ", ")})
	case b.Consent != "" && !a.agreed:
		return Request{}, problem.NewFields("click_to_call.no_consent", "The visitor has not agreed.",
			problem.Field{Name: "body.consent", Detail: "must be true"})
	case !b.open(now, t.TimeZone):
		return Request{}, problem.New(problem.Denied, "click_to_call.closed", "Nobody takes calls at this time.")
	}
	id, err := newID()
	if err != nil {
		return Request{}, err
	}
	r := Request{
		ID: id, Number: a.number, Origin: a.origin, Page: shortPage(a.page, a.origin), Language: a.language, Consent: b.Consent,
		CreatedAt: now.UnixMilli(), token: nonce, matchKey: e164, visitor: visitorOf(t, a.address),
	}
	data, err := json.Marshal(requestedData{
		ID: id, To: e164, Destination: b.Destination, DestinationType: b.DestinationType, First: firstDestination,
		About: map[string]string{"click_to_call": b.ID, "page": r.Page},
	})
	if err != nil {
		return Request{}, fmt.Errorf("encode request to be called: %w", err)
	}
	// Asked before as well, so that whoever asks far too often keeps no writer busy.
	if err := c.checkLimits(ctx, c.store.db, t.ID, r); err != nil {
		return Request{}, err
	}
	err = c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := c.checkLimits(ctx, tx, t.ID, r); err != nil {
			return err
		}
		if err := c.store.insertRequest(ctx, tx, t.ID, r); err != nil {
			return err
		}
		_, err := tx.Append(ctx, eventlog.Event{
			Tenant: t.ID, Stream: "dial/" + id, Key: TypeRequested, Type: TypeRequested,
			At: r.CreatedAt, Received: r.CreatedAt, Timed: true, Data: data,
		})
		return err
	})
	return r, err
}

// shown returns the button if pages may show it.
func (c *ClickToCall) shown(ctx context.Context, t tenant.Tenant) (Button, error) {
	b, there, err := c.store.find(ctx, c.store.db, t.ID)
	if err == nil && (!there || b.Deleted || !b.Activated) {
		err = problem.New(problem.NotFound, "click_to_call.off", "This call centre has no call button.")
	}
	return b, err
}

// checkLimits refuses who asks too often.
func (c *ClickToCall) checkLimits(ctx context.Context, q querier, tenant int64, r Request) error {
	since := r.CreatedAt - limitTime.Milliseconds()
	all, ofVisitor, ofNumber, err := c.store.countSince(ctx, q, tenant, since, r.visitor, r.matchKey)
	if err != nil {
		return err
	}
	if all < perTenant && ofVisitor < perVisitor && ofNumber < perNumber {
		return nil
	}
	return problem.Retry(limitTime, problem.New(problem.TooMany, "click_to_call.too_many", "Too many calls were asked for; try again later."))
}

// shortPage returns the page a visitor was on, without what its address may
// tell of them, and "" if it is none of origin.
func shortPage(page, origin string) string {
	u, err := url.Parse(page)
	if err != nil || u.Scheme+"://"+strings.ToLower(u.Host) != origin {
		return ""
	}
	short := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	if len(short) > pageBytesMax {
		return ""
	}
	return short
}

// prune drops the requests that nobody asks about any more.
func (c *ClickToCall) prune(ctx context.Context) error {
	return c.log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		return c.store.prune(ctx, tx, c.now().Add(-keepRequests).UnixMilli())
	})
}
