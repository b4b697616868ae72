// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
)

// How much of black-friday is played, on the phone system's clock, and how much
// faster that runs than the wall's. scripts/soak.sh plays all of it.
const (
	soakUsual  = 3 * time.Minute
	speedUsual = 20
	soakWhole  = time.Hour           // from here on it is played to its end
	killEvery  = 6 * time.Second     // on the wall's clock, at the most
	soakReport = "TANDEM_SOAK_FILE"  // where the table is added to; none without it
	soakLength = "TANDEM_SOAK"       // a duration
	soakSpeed  = "TANDEM_SOAK_SPEED" // a number
)

// An hour of black-friday, or some of it: a network that doubles, overtakes,
// loses and delays, an API that is slow, fails, cuts and dies, and a Tandem that
// is killed with -9 again and again. What was acknowledged is what is stored is
// what is folded, and every call that waited was dealt with once.
func TestBlackFriday(t *testing.T) {
	length, speed := soakUsual, float64(speedUsual)
	var err error
	if text := os.Getenv(soakLength); text != "" {
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv(soakSpeed); text != "" {
		if speed, err = strconv.ParseFloat(text, 64); err != nil {
			t.Fatal(err)
		}
	}
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		here := place{data: t.TempDir(), dsn: dsn}
		p := here.start(t)
		port := freePort(t)
		exchange := fmt.Sprintf("http://127.0.0.1:%d", port)
		webhook := p.connector(t, "black-friday", exchange)
		between := newWitness(t, p.url)
		mock := startMock(t, here, port, between.url+"/webhook/"+keyOf(t, webhook), speed)

		kills := 0
		wall := time.Duration(float64(length) / speed)
		for began := time.Now(); time.Since(began) < wall; kills++ {
			pause := min(killEvery/3+rand.N(killEvery*2/3), wall-time.Since(began))
			next := time.Now().Add(pause)
			await(t, 2*killEvery, "time for a kill", func() bool { return time.Now().After(next) })
			p.kill()
			p = here.start(t)
			between.turn(p.url)
		}
		if length >= soakWhole {
			await(t, 10*time.Minute, "the hour is over and everything told", func() bool {
				s := mock.stats(t)
				return s.Calls.Live == 0 && s.Events.Pending == 0
			})
		}
		stats := mock.stop(t)
		report := soakTable{played: length, speed: speed, kills: kills, mock: stats, engine: engineOf(dsn)}
		report.conserve(t, here, between)
		p.stop(t)
		report.replay(t, here)
		here.examine(t)
		report.write(t)
	})
}

func engineOf(dsn string) string {
	if strings.HasPrefix(dsn, "postgres") {
		return "PostgreSQL"
	}
	return "SQLite"
}

// mock is the program's own phone system.
type mock struct {
	url string
	cmd *exec.Cmd
}

// mockStats are what a phone system counts, as far as it is used here.
type mockStats struct {
	Events struct {
		Sent, Acknowledged, AcknowledgedCopies, Refused, Dropped, DroppedByFault, Pending, Requests int
	} `json:"events"`
	Faults    struct{ Dropped, Duplicates, Reordered, Late int }      `json:"faults"`
	Delegates struct{ Received, InTime, Late, Repeated, Unknown int } `json:"delegates"`
	Calls     struct{ Begun, Answered, Finished, Live int }           `json:"calls"`
	API       struct{ Slow, Error, HTML, Cut, Dead int }              `json:"api"`
}

func startMock(t *testing.T, here place, port int, webhook string, speed float64) *mock {
	t.Helper()
	m := &mock{url: fmt.Sprintf("http://127.0.0.1:%d", port)}
	m.cmd = here.command(t, "mockpbx", "--listen", strings.TrimPrefix(m.url, "http://"), "--vendor", webhook, "--pabx=",
		"--scenario", "black-friday", "--speed", fmt.Sprint(speed))
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = m.cmd.Process.Kill() // it may have ended
		_ = m.cmd.Wait()
	})
	return m
}

func (m *mock) stats(t *testing.T) (s mockStats) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.url+"/stats", nil)
	if err != nil {
		t.Fatal(err)
	}
	// While its API plays dead it is tried again.
	await(t, time.Minute, "the phone system tells what it did", func() bool {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return json.NewDecoder(response.Body).Decode(&s) == nil
	})
	return s
}

// stop ends it, and returns what it had counted. What it then still owed it
// keeps.
func (m *mock) stop(t *testing.T) mockStats {
	t.Helper()
	s := m.stats(t)
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = m.cmd.Wait()
	return s
}
