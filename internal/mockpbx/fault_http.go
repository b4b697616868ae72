// SPDX-License-Identifier: Apache-2.0

package mockpbx

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// faultsMax is how large the body of PUT /faults may be, in bytes.
const faultsMax = 16 << 10

func (p *PBX) showFaults(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	f := p.exchange.faults.Faults
	p.mu.Unlock()
	writeJSON(w, http.StatusOK, f)
}

// putFaults replaces all faults. The times of outages count from now.
func (p *PBX) putFaults(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, faultsMax))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		writeError(w, http.StatusRequestEntityTooLarge, "body is larger than 16 KiB")
		return
	case err != nil:
		writeError(w, http.StatusBadRequest, "body could not be read")
		return
	}
	f, err := readFaults(body)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	p.act(func(now time.Time) { p.exchange.setFaults(f, now) })
	writeJSON(w, http.StatusOK, f)
}

// readFaults reads faults alone, as JSON or as YAML.
func readFaults(text []byte) (f Faults, err error) {
	r := &reader{path: "body"}
	found := false
	err = r.read(text, func(node ast.Node) { f, found = r.faults(node), true })
	if err == nil && !found {
		err = errors.New(`body is empty; write {} for no faults, or for example {"dup":"1%"}`)
	}
	return f, err
}

// underFaults lets the API's outages at next. /faults and /stats are not under
// it, so that a test can always look and stop them.
func (p *PBX) underFaults(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch o := p.outage(); o.Mode {
		case apiSlow:
			timer := time.NewTimer(time.Duration(o.Delay))
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
				return // whoever has gone away asks for nothing any more
			}
		case apiError:
			writeError(w, http.StatusInternalServerError, "internal error")
			return
		case apiHTML:
			writeText(w, http.StatusOK, "<!doctype html><html><head><title>PBX</title></head><body><h1>Sign in</h1></body></html>\n")
			return
		case apiCut:
			next(&silence{header: http.Header{}}, r)
			panic(http.ErrAbortHandler) // net/http's word for closing the connection without an answer
		case apiDead:
			panic(http.ErrAbortHandler) // connections from before; there are no new ones
		}
		next(w, r)
	}
}

// outage is what the API is in for one request.
func (p *PBX) outage() (o outage) {
	p.act(func(time.Time) {
		f := &p.exchange.faults
		if f.now == nil {
			return
		}
		f.serial++
		if newDice(p.options.Seed, diceOutage, f.serial).chance(f.now.Share) {
			o = *f.now
			p.tallies.outages[o.Mode]++
		}
	})
	return o
}

// silence takes an answer that nobody is to hear.
type silence struct{ header http.Header }

func (s *silence) Header() http.Header         { return s.header }
func (s *silence) Write(b []byte) (int, error) { return len(b), nil }
func (s *silence) WriteHeader(int)             {}
