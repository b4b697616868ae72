// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// answers is a network that answers by what a function says.
type answers func(r *http.Request, body string) (int, error)

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	status, err := a(r, string(body))
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("")), Header: http.Header{}, Request: r}, nil
}

// carry runs a poster on synctest's clock until nothing is left to do for an
// hour, and returns its log.
func carry(t *testing.T, network answers, posts ...post) string {
	t.Helper()
	var logged bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		p := newPoster(&http.Client{Transport: network}, slog.New(slog.NewTextHandler(&logged, nil)))
		p.add(posts...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		p.run(ctx)
		if p.pending != 0 {
			t.Errorf("%d posts are pending", p.pending)
		}
	})
	return logged.String()
}

func numbered(lane string, n int) (posts []post) {
	for i := range n {
		posts = append(posts, post{Lane: lane, To: "http://tandem/webhook", Type: "call.new", Body: fmt.Appendf(nil, "%s%d", lane, i)})
	}
	return posts
}

// While Tandem restarts nothing is lost, and a call's events keep their order.
func TestPostsSurviveARestart(t *testing.T) {
	t.Parallel()

	var got []string
	failures := 0
	log := carry(t, func(_ *http.Request, body string) (int, error) {
		if failures++; failures <= 12 {
			return []int{0, 500, 503, 429}[failures%4], map[bool]error{true: errors.New("connection refused")}[failures%4 == 0]
		}
		got = append(got, body)
		return http.StatusNoContent, nil // any 2xx is success
	}, numbered("a", 5)...)
	if want := []string{"a0", "a1", "a2", "a3", "a4"}; !slices.Equal(got, want) {
		t.Errorf("arrived %q, want %q", got, want)
	}
	if !strings.Contains(log, "webhook does not answer") || !strings.Contains(log, "webhook answers again") {
		t.Errorf("log is %s", log)
	}
}

// An event that Tandem refuses is not tried again, and one that nobody takes
// for five minutes is dropped; both are logged, and the next one goes on.
func TestPostsThatNobodyTakes(t *testing.T) {
	t.Parallel()

	tries := map[string]int{}
	log := carry(t, func(_ *http.Request, body string) (int, error) {
		tries[body]++
		return map[string]int{"a0": 400, "a1": 500, "a2": 200}[body], nil
	}, numbered("a", 3)...)
	if tries["a0"] != 1 || tries["a1"] < 50 || tries["a1"] > 80 || tries["a2"] != 1 {
		t.Errorf("tries are %v", tries)
	}
	if !strings.Contains(log, "event refused") || !strings.Contains(log, "event dropped") {
		t.Errorf("log is %s", log)
	}
}

// A call that meets trouble does not hold up the others.
func TestLanesAreIndependent(t *testing.T) {
	t.Parallel()

	var when time.Time
	begun := time.Time{}
	carry(t, func(_ *http.Request, body string) (int, error) {
		if body == "a0" {
			begun = time.Now()
			return 500, nil
		}
		when = time.Now()
		return 200, nil
	}, append(numbered("a", 1), numbered("b", 1)...)...)
	if begun.Sub(when) < time.Minute {
		t.Error("b0 waited for a0")
	}
}

// The queue is bounded; what does not fit is counted in the log.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()

	arrived := 0
	log := carry(t, func(*http.Request, string) (int, error) {
		arrived++
		return 200, nil
	}, numbered("a", pendingMax+7)...)
	if arrived != pendingMax || !strings.Contains(log, "queue full") || !strings.Contains(log, "dropped=7") {
		t.Errorf("%d arrived, log is %s", arrived, log)
	}
}

// Credentials in the URL travel as Basic, and neither they nor a key in the
// path are ever logged.
func TestCredentialsInTheURL(t *testing.T) {
	t.Parallel()

	var user, password string
	log := carry(t, func(r *http.Request, _ string) (int, error) {
		user, password, _ = r.BasicAuth()
		return 0, errors.New("connection refused")
	}, post{Lane: "a", To: "http://pbx:hush@tandem/webhook/hidden", Type: "call.new"})
	if user != "pbx" || password != "hush" {
		t.Errorf("credentials are %q %q", user, password)
	}
	if strings.Contains(log, "hush") || strings.Contains(log, "hidden") {
		t.Errorf("log tells secrets: %s", log)
	}
}

// The end of the context ends retries at once.
func TestPosterStops(t *testing.T) {
	t.Parallel()

	synctest.Test(t, func(t *testing.T) {
		p := newPoster(&http.Client{Transport: answers(func(*http.Request, string) (int, error) { return 503, nil })}, quiet())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		p.add(numbered("a", 3)...)
		p.run(ctx)
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("stopped after %v", took)
		}
		p.add(numbered("b", 1)...) // too late, and harmless
	})
}

// What is acknowledged while the PBX stops counts as acknowledged, and what
// comes afterwards as dropped.
func TestPosterCountsToTheEnd(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	p := newPoster(&http.Client{Transport: answers(func(*http.Request, string) (int, error) {
		cancel()
		return 200, nil
	})}, quiet())
	p.add(numbered("a", 2)...)
	p.run(ctx)
	p.add(numbered("b", 1)...)
	if c := p.counts(); c.Acknowledged != 1 || c.Pending != 1 || c.DroppedAsUndelivered != 1 || c.Requests != 1 {
		t.Errorf("counts are %+v", c)
	}
}
