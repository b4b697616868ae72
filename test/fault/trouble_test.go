// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
	"tandem/internal/live"
)

// The moods of phone systems in trouble. Each has read the command.
var moods = map[string]http.HandlerFunc{
	"deaf": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	"slow": func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(300 * time.Millisecond):
			fmt.Fprint(w, `{"status":"ok"}`)
		case <-r.Context().Done():
		}
	},
	"cutting": func(w http.ResponseWriter, _ *http.Request) {
		conn, buffer, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = buffer.WriteString("HTTP/1.1 20")
			_ = buffer.Flush()
			conn.Close()
		}
	},
	"html": page(),
}

// page answers like the proxy before a phone system: with a page of any status.
func page() http.HandlerFunc {
	var asked atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader([]int{http.StatusNotFound, http.StatusOK, http.StatusBadGateway}[asked.Add(1)%3])
		fmt.Fprint(w, "<!doctype html><title>Starting up</title>")
	}
}

// site is a phone system that posts calls and takes commands.
type site struct {
	*pbx

	name    string
	webhook string
}

// Phone systems that are dead, deaf, slow, that cut connections or answer with
// a page cost each other nothing: every post is taken, every command is sent or
// missed, those of a sound one are all sent. When they have recovered so are
// theirs, and a trouble shorter than the deadline makes none missed. That
// deadline is a long one: how fast the machine is just now is not in question.
func TestPhoneSystemsInTrouble(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		const calls = 25
		here, told := place{data: t.TempDir(), dsn: dsn}, newLedger()
		p := here.start(t, "--routing.attempt-timeout=500ms")
		var sites []site
		for _, name := range []string{"sound", "dead", "deaf", "slow", "cutting", "html"} {
			s := site{pbx: newPBX(t), name: name}
			s.webhook = p.connector(t, name, s.URL)
			sites = append(sites, s)
		}
		trouble := func() {
			for _, s := range sites {
				s.turn(moods[s.name])
			}
			sites[1].die()
		}
		recovery := func() {
			sites[1].live(t)
			for _, s := range sites {
				s.turn(nil)
			}
		}

		trouble()
		postAll(t, told, sites, "long", calls)
		settle(t, dsn)
		recovery()
		postAll(t, told, sites, "after", calls)
		settle(t, dsn)

		p.stop(t)
		p = here.start(t, "--routing.deadline=60s", "--routing.attempt-timeout=500ms")
		for i := range sites {
			sites[i].webhook = p.url + "/webhook/" + keyOf(t, sites[i].webhook)
		}
		trouble()
		before := sites[5].attempts()
		postAll(t, told, sites, "short", calls)
		await(t, 50*time.Second, "each command was tried", func() bool { return sites[5].attempts() >= before+calls })
		recovery()
		settle(t, dsn)

		p.stop(t)
		told.only(t, http.StatusOK)
		a := check(t, dsn, told)
		here.examine(t)
		for name, n := range a.by() {
			when, who, _ := strings.Cut(name, " ")
			missing := when == "long" && (who == "dead" || who == "deaf" || who == "cutting" || who == "html")
			if want := (sentMissed{calls, 0}); !missing && n != want {
				t.Errorf("%s: %+v, want %+v", name, n, want)
			}
			if want := (sentMissed{0, calls}); missing && n != want {
				t.Errorf("%s: %+v, want %+v", name, n, want)
			}
		}
		t.Logf("%d posts, all taken, the slowest in %s; %d decided, %d sent, %d missed", told.count(http.StatusOK), told.slowest[http.StatusOK], len(a.decided), a.sent, a.missed)
	})
}

// postAll lets every site post so many calls at once, and all of them be taken.
func postAll(t *testing.T, told *ledger, sites []site, when string, calls int) {
	t.Helper()
	client := &http.Client{Timeout: requestMax, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var group sync.WaitGroup
	for _, s := range sites {
		group.Go(func() {
			for i := range calls {
				told.postCall(t.Context(), client, s.webhook, fmt.Sprintf("%s %s %d", when, s.name, i))
			}
		})
	}
	group.Wait()
}

// sentMissed counts outcomes.
type sentMissed struct{ sent, missed int }

// by counts outcomes by the first two words of the call_id.
func (a *account) by() map[string]sentMissed {
	out := map[string]sentMissed{}
	for stream, outcomes := range a.ended {
		_, callID, _ := live.ParseStream(stream)
		name := callID[:strings.LastIndexByte(callID, ' ')]
		n := out[name]
		if outcomes[0] == "command.sent" {
			n.sent++
		} else {
			n.missed++
		}
		out[name] = n
	}
	return out
}
