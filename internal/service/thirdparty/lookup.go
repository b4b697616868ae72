// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"tandem/internal/ask"
	"tandem/internal/phone"
	"tandem/internal/service/thirdparty/formula"
	"tandem/internal/service/thirdparty/reach"
)

const (
	knownTime   = 10 * time.Minute // how long an answer is good for
	unknownTime = time.Minute      // the same if nobody was found, or the system did not answer
	knownMax    = 20_000           // answers in memory
	systemsTime = 10 * time.Second // how long the list of systems is good for
)

// lookup asks other systems whose a number is. It answers from memory when it
// can, waits for nobody longer than its time, and leaves systems alone that do
// not answer.
type lookup struct {
	t      *ThirdParty
	client *reach.Client
	most   time.Duration
	flight singleflight.Group

	mu       sync.Mutex
	known    map[numberKey]knownAnswer
	order    []numberKey // oldest first
	systems  map[int64]knownSystems
	breakers map[ref]*breaker
}

// numberKey names a number of one tenant.
type numberKey struct {
	tenant int64
	number string // match key
}

type knownAnswer struct {
	answer ask.OutsideAnswer
	until  time.Time
}

type knownSystems struct {
	list  []Integrator
	until time.Time
}

func newLookup(t *ThirdParty, client *reach.Client, most time.Duration) *lookup {
	return &lookup{
		t: t, client: client, most: most,
		known: map[numberKey]knownAnswer{}, systems: map[int64]knownSystems{}, breakers: map[ref]*breaker{},
	}
}

// answer answers [ask.FindOutside].
func (l *lookup) answer(ctx context.Context, q ask.OutsideQuestion) (ask.OutsideAnswer, error) {
	key := numberKey{q.Tenant, phone.MatchKey(q.Number, q.Region)}
	if key.number == "" || phone.Withheld(q.Number) {
		return ask.OutsideAnswer{Known: true}, nil
	}
	now := l.t.now()
	l.mu.Lock()
	found, ok := l.known[key]
	l.mu.Unlock()
	if ok && now.Before(found.until) {
		l.t.metrics.lookups.WithLabelValues("memory").Inc()
		return found.answer, nil
	}
	systems, err := l.systemsOf(ctx, q.Tenant, now)
	if err != nil {
		return ask.OutsideAnswer{}, err
	}
	if len(systems) == 0 {
		return ask.OutsideAnswer{Known: true}, nil
	}
	// Whoever asks for the same number meanwhile waits for the same answer; it is
	// sought even when the first that asked has gone.
	lasting := context.WithoutCancel(ctx)
	answers := l.flight.DoChan(strconv.FormatInt(q.Tenant, 10)+"/"+key.number, func() (any, error) {
		return l.seek(lasting, systems, key, q), nil
	})
	if !q.Wait {
		return found.answer, nil
	}
	select {
	case result := <-answers:
		answer, _ := result.Val.(ask.OutsideAnswer)
		return answer, nil
	case <-ctx.Done():
		return ask.OutsideAnswer{}, ctx.Err()
	}
}

// systemsOf returns the systems of a tenant that can be asked.
func (l *lookup) systemsOf(ctx context.Context, tenant int64, now time.Time) ([]Integrator, error) {
	l.mu.Lock()
	known, ok := l.systems[tenant]
	l.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.list, nil
	}
	all, err := l.t.store.integrators(ctx, l.t.db, tenant, false, "", integratorsMax)
	if err != nil {
		return nil, err
	}
	var list []Integrator
	for _, i := range all {
		if i.Lookup != nil {
			list = append(list, i)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.systems[tenant] = knownSystems{list, now.Add(systemsTime)}
	return list, nil
}

// forget makes changed integrators count at once in this process.
func (l *lookup) forget(tenant int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.systems, tenant)
	for key := range l.known {
		if key.tenant == tenant {
			delete(l.known, key)
		}
	}
}

// seek asks all systems at once and remembers what they say.
func (l *lookup) seek(ctx context.Context, systems []Integrator, key numberKey, q ask.OutsideQuestion) ask.OutsideAnswer {
	ctx, cancel := context.WithTimeout(ctx, l.most)
	defer cancel()
	contacts := make([]*ask.OutsideContact, len(systems))
	var group sync.WaitGroup
	for at := range systems {
		group.Go(func() { contacts[at] = l.askOne(ctx, &systems[at], q) })
	}
	group.Wait()
	answer := ask.OutsideAnswer{Known: true}
	for _, c := range contacts {
		if c != nil {
			answer.Contacts = append(answer.Contacts, *c)
		}
	}
	l.remember(key, answer)
	return answer
}

func (l *lookup) remember(key numberKey, answer ask.OutsideAnswer) {
	good := knownTime
	if len(answer.Contacts) == 0 {
		good = unknownTime
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.known[key]; !ok {
		l.order = append(l.order, key)
	}
	l.known[key] = knownAnswer{answer, l.t.now().Add(good)}
	for len(l.order) > knownMax {
		delete(l.known, l.order[0])
		l.order = l.order[1:]
	}
}

// askOne asks one system; nil if it knows nobody, does not answer, or has not
// answered of late.
func (l *lookup) askOne(ctx context.Context, i *Integrator, q ask.OutsideQuestion) *ask.OutsideContact {
	to := ref{q.Tenant, i.ID}
	l.mu.Lock()
	b := l.breakers[to]
	if b == nil {
		b = &breaker{}
		l.breakers[to] = b
	}
	allowed := b.allows(l.t.now())
	if allowed {
		b.begin()
	}
	l.mu.Unlock()
	if !allowed {
		l.t.metrics.lookups.WithLabelValues("resting").Inc()
		return nil
	}
	contact, a := l.request(ctx, i, q)
	l.mu.Lock()
	b.end(l.t.now(), &a)
	l.mu.Unlock()
	l.t.metrics.lookups.WithLabelValues(verdictNames[a.verdict]).Inc()
	return contact
}

// request asks a system once. That it knows nobody is an answer as well.
func (l *lookup) request(ctx context.Context, i *Integrator, q ask.OutsideQuestion) (*ask.OutsideContact, attempt) {
	view := &formula.View{Number: numberView(q.Number, q.Region)}
	address, err := reach.Join(i.BaseURL, formula.Fill(i.Lookup.Path, view, formula.InURL))
	if err != nil {
		return nil, fail(verdictFailed, "the path leads to another host")
	}
	plain, err := l.t.box.Open(i.purpose(q.Tenant), i.sealed)
	if err != nil {
		return nil, fail(verdictFailed, "the credential cannot be opened")
	}
	answer := l.client.Do(ctx, reach.Request{
		Method: http.MethodGet, URL: address, Header: http.Header{"User-Agent": {"Tandem"}, "Accept": {"application/json"}}, Secret: i.credentials(plain),
	})
	var a attempt
	a.note(&answer)
	if answer.Status == http.StatusNotFound {
		a.verdict, a.error = verdictSent, ""
	}
	var said any
	if a.verdict != verdictSent || json.Unmarshal(answer.Body, &said) != nil {
		return nil, a
	}
	contact := &ask.OutsideContact{Integrator: i.ID, System: i.Name, ID: pick(said, i.Lookup.IDPath), Name: pick(said, i.Lookup.NamePath)}
	if contact.ID == "" {
		return nil, a
	}
	contact.Name = reach.Excerpt([]byte(contact.Name), nameMax)
	if i.Lookup.Page != "" {
		view.Contact = map[string]any{"id": contact.ID}
		if page := formula.Fill(i.Lookup.Page, view, formula.InURL); checkPage(page) == nil {
			contact.Page = page
		}
	}
	return contact, a
}

// numberView is what placeholders see of a number.
func numberView(number, region string) map[string]any {
	view := map[string]any{"raw": number, "digits": phone.Digits(number), "national": phone.National(number, region), "e164": number}
	if key := phone.MatchKey(number, region); strings.HasPrefix(key, "+") {
		view["e164"] = key // a match key is E.164 where the number is valid
	}
	return view
}
