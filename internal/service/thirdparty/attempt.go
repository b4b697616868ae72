// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"fmt"
	"net/http"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tandem/internal/eventlog"
	"tandem/internal/problem"
	"tandem/internal/service/thirdparty/reach"
)

// verdict is what an attempt came to.
type verdict int

// The verdicts.
const (
	verdictSent    verdict = iota
	verdictAgain           // it may be taken later
	verdictSlow            // the same, and the endpoint is to be spared for a while
	verdictGone            // the endpoint wants no more
	verdictSkipped         // nobody wants it any more
	verdictFailed          // it can never be delivered
)

// attempt is one try to deliver something.
type attempt struct {
	verdict    verdict
	status     int
	error      string
	retryAfter time.Duration
	exchanges  []reach.Exchange
}

// fail returns an attempt that made no request.
func fail(v verdict, format string, args ...any) attempt {
	return attempt{verdict: v, error: fmt.Sprintf(format, args...)}
}

// note takes over what came back and judges it.
func (a *attempt) note(answer *reach.Answer) {
	a.exchanges = append(a.exchanges, answer.Exchange)
	a.status, a.error, a.retryAfter = answer.Status, answer.Exchange.Error, answer.RetryAfter
	a.verdict = judge(answer)
	if a.error == "" && a.verdict != verdictSent {
		a.error = fmt.Sprintf("answered %d", answer.Status)
	}
}

// judge reads an answer as Standard Webhooks say: 2xx is a yes, everything else
// is none, redirects included; 410 wants no more, and some ask to be spared.
func judge(answer *reach.Answer) verdict {
	switch {
	case answer.OK():
		return verdictSent
	case answer.Status == http.StatusGone:
		return verdictGone
	case answer.Status == http.StatusTooManyRequests, answer.Status == http.StatusBadGateway, answer.Status == http.StatusGatewayTimeout,
		answer.RetryAfter > 0:
		return verdictSlow
	default:
		return verdictAgain
	}
}

// attempt tries to deliver an event once. It fails only when Tandem itself
// cannot do its part now.
func (t *ThirdParty) attempt(ctx context.Context, p *plan, r *eventlog.Record) (attempt, error) {
	m, err := t.compose(ctx, p, r)
	if problem.Of(err).Kind == problem.NotFound {
		return fail(verdictSkipped, "the call centre is no longer there"), nil
	}
	if err != nil {
		return attempt{}, err
	}
	return t.perform(ctx, m)
}

// perform does what the template's action is.
func (t *ThirdParty) perform(ctx context.Context, m *parcel) (attempt, error) {
	switch m.plan.template.action {
	case actionCRM:
		return t.tellCRM(ctx, m)
	case actionPopup:
		return t.popUp(ctx, m)
	default:
		return t.post(ctx, m)
	}
}

const bodyMax = 1 << 20

// post sends one request.
func (t *ThirdParty) post(ctx context.Context, m *parcel) (a attempt, err error) {
	body, err := m.body()
	if err != nil {
		return fail(verdictFailed, "the template cannot be filled: %s", err.Error()), nil
	}
	if len(body) > bodyMax {
		return fail(verdictFailed, "the body would have more than %d bytes", bodyMax), nil
	}
	request, err := t.request(m, m.plan.template.Method, m.plan.endpoint.URL, body)
	if err != nil {
		return attempt{}, err
	}
	answer := t.client.Do(ctx, request)
	a.note(&answer)
	return a, nil
}

// request makes a request ready, with what shows where it comes from.
func (t *ThirdParty) request(m *parcel, method, url string, body []byte) (reach.Request, error) {
	now := t.now()
	r := reach.Request{
		Method: method, URL: url, Body: body, Secret: http.Header{},
		Header: http.Header{"User-Agent": {"Tandem"}, "Accept": {"application/json"}, "Webhook-Id": {m.id}, "Webhook-Timestamp": {seconds(now)}},
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if i := m.plan.integrator; i != nil {
		plain, err := t.box.Open(i.purpose(m.tenant.ID), i.sealed)
		if err != nil {
			return r, fmt.Errorf("open credential of integrator %s: %w", i.ID, err)
		}
		r.Secret = i.credentials(plain)
	}
	if m.plan.template.Auth != authSignature {
		return r, nil
	}
	signatures, err := t.signatures(m, now, body)
	r.Header.Set("Webhook-Signature", signatures)
	return r, err
}

// signatures returns a signature with each secret that is good now, the newest
// first, as Standard Webhooks want them during a rotation.
func (t *ThirdParty) signatures(m *parcel, now time.Time, body []byte) (list string, err error) {
	e := &m.plan.endpoint
	sealed := []string{e.sealed}
	if e.oldSealed != "" && now.UnixMilli() < e.oldUntil {
		sealed = append(sealed, e.oldSealed)
	}
	for _, s := range sealed {
		plain, err := t.box.Open(e.purpose(m.tenant.ID), s)
		if err != nil {
			return "", fmt.Errorf("open secret of endpoint %s: %w", e.ID, err)
		}
		signer, err := standardwebhooks.NewWebhook(plain)
		if err != nil {
			return "", fmt.Errorf("use secret of endpoint %s: %w", e.ID, err)
		}
		signature, err := signer.Sign(m.id, now, body)
		if err != nil {
			return "", fmt.Errorf("sign: %w", err)
		}
		if list != "" {
			list += " "
		}
		list += signature
	}
	return list, nil
}
