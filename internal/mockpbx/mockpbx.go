// SPDX-License-Identifier: Apache-2.0

// Package mockpbx is a PBX in the box: it plays a small call centre to whoever
// has no phone system at hand. It posts what happens to Tandem's webhooks and
// takes the answers at the same addresses as the phone systems that it stands
// for: a vendor's cloud PBX (flat events, /actions), the envelope kind
// (/api/client/…) and a PBX that hands out call records (/get_cdr).
//
// A scenario (scenario.go) says how busy it is. Everything that chance decides
// is drawn from the seed before a call begins (life.go), so the same seed, start
// time and scenario give the same bytes, as long as the delegates come in time.
// The exchange (player.go) plays these lives without clock and network; this
// file gives it both. What goes wrong on the way (fault.go) repeats itself too.
package mockpbx

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The rates at which calls come by themselves.
const (
	CallsGentle = "gentle" // one every 6 to 12 seconds, so that a board lives
	CallsOff    = "off"    // silence: only what is asked for by hand
)

// Options say what a PBX plays and to whom. All of them may be left out.
type Options struct {
	Seed       uint64
	Start      time.Time // of the PBX's own clock; zero is now
	Speed      float64   // of that clock against the wall's; 0 is 1
	Scenario   Scenario  // from LoadScenario; one without a name leaves it to Calls
	Calls      string    // CallsGentle or CallsOff; "" is off
	VendorURL  string    // takes flat events; "" plays no calls of that kind
	PabxURL    string    // takes envelopes; "" plays no calls of that kind
	Listen     string    // for Serve; "" is 127.0.0.1:3030
	PublicURL  string    // under which others reach its API; "" is the address it listens at
	CDRWebhook string    // takes the call records of /trigger_webhooks; "" sends none
	TenantUUID string    // under which call records go out; "" is drawn from the seed
	HTTPClient *http.Client

	// The credential for recordings; both empty are pbx and pbx.
	RecordingUser, RecordingPassword string
}

const defaultListen = "127.0.0.1:3030"

// PBX is one phone system. Its methods may be called concurrently.
type PBX struct {
	options  Options
	scenario Scenario
	logger   *slog.Logger
	clock    *clock
	poster   *poster
	door     *door         // nil unless it serves
	wake     chan struct{} // the agenda has changed

	mu       sync.Mutex // held while posts go from the exchange to the poster, to keep their order
	exchange *exchange
	hand     *handBoard
	records  *recordBook
	tallies  tallies
}

// New returns a PBX at rest. Its handler answers at once; calls and posts begin
// with Run.
func New(options Options, logger *slog.Logger) *PBX {
	client := options.HTTPClient
	if client == nil {
		client = &http.Client{Transport: &http.Transport{
			MaxConnsPerHost: 32, MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second,
		}}
	}
	if options.TenantUUID == "" {
		options.TenantUUID = randomID(newDice(options.Seed, diceRecord, -1))
	}
	if options.RecordingUser == "" && options.RecordingPassword == "" {
		options.RecordingUser, options.RecordingPassword = "pbx", "pbx"
	}
	scenario := options.Scenario
	if scenario.Name == "" {
		if scenario = off(); options.Calls == CallsGentle {
			scenario = gentle()
		}
	}
	clock := newClock(options.Start, options.Speed)
	exchange := newExchange(scenario, options.Seed, map[trunk]string{vendor: options.VendorURL, pabx: options.PabxURL})
	if options.PublicURL != "" {
		exchange.recordings = newRecordings(options.PublicURL)
	}
	return &PBX{
		options:  options,
		scenario: scenario,
		logger:   logger,
		clock:    clock,
		poster:   newPoster(client, logger),
		wake:     make(chan struct{}, 1),
		exchange: exchange,
		hand:     newHandBoard(options.Seed),
		records:  newRecordBook(options.Seed, clock.start),
		tallies:  tallies{outages: map[string]int{}},
	}
}

// Run plays calls and posts events until ctx ends, and returns nil then. It
// returns at once when the options make no sense. Call it once.
func (p *PBX) Run(ctx context.Context) error {
	if err := p.options.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var posting sync.WaitGroup
	posting.Go(func() { p.poster.run(ctx) })
	defer posting.Wait()

	p.clock.begin()
	p.logger.Info("mock pbx started", "seed", p.options.Seed, "start", p.clock.start, "speed", p.clock.speed, "scenario", p.scenario.Name)
	if !p.scenario.silent {
		p.act(func(time.Time) { p.exchange.open(p.clock.start) })
	}
	for {
		idle := p.advance(ctx)
		timer := time.NewTimer(idle)
		select {
		case <-timer.C:
		case <-p.wake:
		case <-ctx.Done():
			timer.Stop()
			cancel()
			posting.Wait()
			if p.options.HTTPClient == nil {
				p.poster.client.CloseIdleConnections()
			}
			return nil
		}
		timer.Stop()
	}
}

// advance plays what is due and returns how long there is nothing to do.
func (p *PBX) advance(ctx context.Context) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exchange.catchUp(p.clock.now())
	p.poster.add(p.exchange.take()...)
	idle := time.Hour // wake comes sooner
	if next, planned := p.exchange.next(); planned {
		idle = p.clock.until(next)
	}
	if err := p.turnDoor(ctx); err != nil {
		p.logger.Warn("mock pbx cannot listen again yet", "error", err)
		idle = min(idle, reopenEvery)
	}
	return idle
}

// reopenEvery is how long after somebody else has taken the address of a dead
// API the PBX tries again.
const reopenEvery = 200 * time.Millisecond

// turnDoor shuts the door while the API is dead, and opens it afterwards.
func (p *PBX) turnDoor(ctx context.Context) error {
	if p.door == nil {
		return nil
	}
	if o := p.exchange.faults.now; o != nil && o.Mode == apiDead {
		p.door.shut()
		return nil
	}
	return p.door.open(ctx)
}

// act does something to the exchange at the present instant, after all that was
// due before it, and passes the consequences on.
func (p *PBX) act(do func(now time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.now().Truncate(time.Millisecond)
	p.exchange.catchUp(now)
	do(now)
	p.exchange.catchUp(now)
	p.poster.add(p.exchange.take()...)
	select {
	case p.wake <- struct{}{}:
	default: // it has been woken and has not looked yet
	}
}

// check tells what is wrong with the options.
func (o Options) check() error {
	if o.Calls != "" && o.Calls != CallsGentle && o.Calls != CallsOff {
		return fmt.Errorf("calls is %q, not %q or %q", o.Calls, CallsGentle, CallsOff)
	}
	// Beyond an hour in a second the events of a call fall into one instant.
	if o.Speed < 0 || o.Speed > 3600 || (o.Speed > 0 && o.Speed < 0.001) || math.IsNaN(o.Speed) {
		return fmt.Errorf("speed is %v, not a factor from 0.001 to 3600", o.Speed)
	}
	for name, target := range map[string]string{
		"vendor webhook": o.VendorURL, "pabx webhook": o.PabxURL, "call record webhook": o.CDRWebhook, "public address": o.PublicURL,
	} {
		parsed, err := url.Parse(target)
		if target == "" || (err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != "") {
			continue
		}
		// The value is left out: a password or key may stand in it.
		return fmt.Errorf("the %s is not an http or https URL", name)
	}
	return nil
}

// Serve listens, tells ready the address, and runs a PBX until ctx ends.
func Serve(ctx context.Context, options Options, logger *slog.Logger, ready func(addr string)) error {
	if err := options.check(); err != nil {
		return err
	}
	door, err := openDoor(ctx, cmp.Or(options.Listen, defaultListen))
	if err != nil {
		return err
	}
	options.PublicURL = cmp.Or(options.PublicURL, "http://"+door.address)
	pbx := New(options, logger)
	pbx.door = door
	server := &http.Server{
		Handler: pbx.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		defer cancel()
		served <- server.Serve(door)
	}()
	if ready != nil {
		ready(door.address)
	}
	ran := pbx.Run(ctx)
	closing, stop := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer stop()
	if err := server.Shutdown(closing); err != nil {
		_ = server.Close() // whoever has not finished by now is cut off
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(ran, fmt.Errorf("serve the mock pbx: %w", err))
	}
	return ran
}
