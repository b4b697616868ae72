// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tandem/internal/ask"
	"tandem/internal/config"
	"tandem/internal/gateway"
	"tandem/internal/httpapi"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/web"
)

const (
	readyEvery = 20 * time.Millisecond // how often the start looks whether all is up
	readyTell  = 3 * time.Second       // how often it says what is missing
)

// Serve runs Tandem until ctx ends: first no more is taken, then what is in
// flight finishes, then the loops stop, and the log is written last. Out gets a
// block for people and, once everything answers, one line for scripts.
func Serve(ctx context.Context, settings config.Serve, version string, logger *slog.Logger, out io.Writer) (err error) {
	listeners, err := listen(ctx, settings)
	if err != nil {
		return err
	}
	core, err := Open(ctx, settings.Common, settings.NATS, logger)
	if err != nil {
		return errors.Join(err, listeners.close())
	}
	defer func() { err = errors.Join(err, core.Close()) }()
	release, err := holdAlone(settings.Common)
	if err != nil {
		return errors.Join(err, listeners.close())
	}
	defer func() { err = errors.Join(err, release()) }()
	access, closeAccess, err := accessLog(settings.Log, logger)
	if err != nil {
		return errors.Join(err, listeners.close())
	}
	defer func() { err = errors.Join(err, closeAccess()) }()
	p, err := newProcess(ctx, core, settings, version, access)
	if err != nil {
		return errors.Join(err, listeners.close())
	}
	lasting := context.WithoutCancel(ctx)
	logCtx, stopLog := context.WithCancel(lasting)
	writer := newLoops(logger)
	writer.start(logCtx, "eventlog", core.Log.Run)
	defer func() { stopLog(); writer.wait() }()

	partsCtx, stopParts := context.WithCancel(lasting)
	defer func() { stopParts(); p.loops.wait() }()
	return p.run(ctx, partsCtx, listeners, out)
}

// process is everything that one process runs.
type process struct {
	*Core

	parts    *Parts
	settings config.Serve
	version  string
	modules  []module.Module // those that run here
	loops    *loops
	handler  http.Handler
	dev      *demo // nil outside --dev
}

func newProcess(ctx context.Context, core *Core, settings config.Serve, version string, access *slog.Logger) (*process, error) {
	p := &process{Core: core, parts: assemble(core, settings), settings: settings, version: version, loops: newLoops(core.Logger)}
	api := httpapi.New(version, core.Logger.With("module", "httpapi"))
	all := p.parts.modules(api)
	if err := migrate(ctx, core, allTables(all)); err != nil {
		return nil, err
	}
	var err error
	if p.modules, err = choose(all, settings.Modules); err != nil {
		return nil, err
	}
	if settings.Dev {
		p.dev = &demo{process: p}
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(append(p.parts.metrics(core), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))...)
	options := gateway.Options{
		Modules: p.modules, Bus: core.Bus, Tenants: core.Tenants, Dev: settings.Dev,
		Console: console(), OpenAPI: api.OpenAPI, Metrics: metrics, Ready: p.ready,
		PublicURL: settings.PublicURL, Proxies: settings.ProxyNetworks(), FullNumbers: settings.Log.Numbers == "full",
		Logger: access.With("module", "gateway"), Now: time.Now,
	}
	if p.dev != nil {
		options.DevTenant = p.dev.administrator
	}
	p.handler, err = gateway.New(options)
	return p, err
}

// choose returns the named modules, or all when none is named.
func choose(all []module.Module, names []string) ([]module.Module, error) {
	if len(names) == 0 {
		return all, nil
	}
	var known []string
	chosen := slices.DeleteFunc(slices.Clone(all), func(m module.Module) bool {
		known = append(known, m.Name)
		return !slices.Contains(names, m.Name)
	})
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, problem.New(problem.Invalid, "app.unknown_module",
				"--modules names %q; there are %s.", name, strings.Join(known, ", "))
		}
	}
	return chosen, nil
}

// accessLog returns the logger of the gateway, which also writes to the file of
// the settings if they name one.
func accessLog(settings config.Log, logger *slog.Logger) (*slog.Logger, func() error, error) {
	if settings.File == "" {
		return logger, func() error { return nil }, nil
	}
	file, err := openDaily(settings.File, time.Now)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewMultiHandler(logger.Handler(), slog.NewJSONHandler(file, nil))), file.Close, nil
}

// console returns the built console, or nil when the program was built without.
func console() fs.FS {
	if !web.Built() {
		return nil
	}
	return web.Files()
}

// run serves until ctx ends; the parts' loops run in partsCtx, which ends
// later.
func (p *process) run(ctx, partsCtx context.Context, l listeners, out io.Writer) error {
	for _, m := range p.modules {
		if m.Run != nil {
			p.loops.start(partsCtx, m.Name, m.Run)
		}
	}
	p.loops.start(partsCtx, "tenants", func(ctx context.Context) error { return p.Tenants.Watch(ctx, p.Bus) })
	p.loops.start(partsCtx, "statistics", p.DB.KeepStatistics)
	p.loops.start(partsCtx, "live", func(ctx context.Context) error { return p.Live.Follow(ctx, p.Log) })
	address := reachable(l.main.Addr())
	welcome, err := p.prepare(ctx, partsCtx, address)
	if err != nil {
		return errors.Join(err, l.close())
	}
	fmt.Fprint(out, welcome)

	serving, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- gateway.Serve(serving, l.all(), p.handler, p.Logger.With("module", "gateway")) }()
	go func() { ended <- p.serveSockets(serving, l.socket) }()
	if p.awaitReady(serving) == nil {
		fmt.Fprintf(out, "ready url=http://%s\n", address)
	}
	first := <-ended
	cancel() // one that ends ends the other
	return errors.Join(first, <-ended)
}

// prepare makes what must be there before the first request, and returns what
// people are told.
func (p *process) prepare(ctx, partsCtx context.Context, address string) (string, error) {
	if p.dev != nil {
		return p.dev.prepare(ctx, partsCtx, address)
	}
	if err := refuseDemo(ctx, p.Tenants); err != nil {
		return "", err
	}
	token, err := p.parts.Users.SetupLink(ctx)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("Tandem %s\n", p.version)
	if token != "" {
		base := p.settings.PublicURL
		if base == "" {
			base = "http://" + address
		}
		text += fmt.Sprintf("First start. Set up your call centre here, once:\n  %s/setup?token=%s\n", strings.TrimSuffix(base, "/"), token)
	}
	return text, nil
}

// ready returns nil when the log can be written, every loop is up and every
// question is answered by somebody.
func (p *process) ready(ctx context.Context) error {
	if names := p.loops.resting(); len(names) > 0 {
		return problem.New(problem.Unavailable, "app.parts_down", "Not running: %s.", strings.Join(names, ", "))
	}
	for _, subject := range ask.Subjects() {
		if !p.Bus.Answered(ctx, subject) {
			return problem.New(problem.Unavailable, "app.unanswered", "Nobody answers %s.", subject)
		}
	}
	return p.Log.Writable(ctx) // last, because it writes
}

// awaitReady waits until all is up. Whoever waits with it is told, now and
// again, what for.
func (p *process) awaitReady(ctx context.Context) error {
	ticker := time.NewTicker(readyEvery)
	defer ticker.Stop()
	told := time.Now()
	for {
		err := p.ready(ctx)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(told) > readyTell {
			p.Logger.WarnContext(ctx, "not ready yet", "error", err)
			told = time.Now()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// listeners are the addresses of a process.
type listeners struct {
	main   net.Listener
	compat net.Listener // 3000, where the originals took webhooks; nil without --legacy-ports
	socket net.Listener // 4000, where the original served sockets; nil without
}

func listen(ctx context.Context, settings config.Serve) (l listeners, err error) {
	var c net.ListenConfig
	if l.main, err = c.Listen(ctx, "tcp", settings.Listen); err != nil {
		return l, cannotListen(settings.Listen, "--listen", err)
	}
	if settings.MockPBX != config.Off {
		// The mock PBX listens when everything else is there; that it never could
		// is better told now.
		mock, err := c.Listen(ctx, "tcp", settings.MockPBX)
		if err != nil {
			return l, errors.Join(cannotListen(settings.MockPBX, "--mockpbx", err), l.close())
		}
		if err := mock.Close(); err != nil {
			return l, errors.Join(err, l.close())
		}
	}
	if !settings.LegacyPorts {
		return l, nil
	}
	host, _, err := net.SplitHostPort(settings.Listen)
	if err != nil {
		return l, errors.Join(err, l.close())
	}
	if l.compat, err = c.Listen(ctx, "tcp", net.JoinHostPort(host, "3000")); err != nil {
		return l, errors.Join(fmt.Errorf("listen on port 3000: %w", err), l.close())
	}
	if l.socket, err = c.Listen(ctx, "tcp", net.JoinHostPort(host, "4000")); err != nil {
		return l, errors.Join(fmt.Errorf("listen on port 4000: %w", err), l.close())
	}
	return l, nil
}

// cannotListen says what to do about an address that another program has.
func cannotListen(address, flag string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return problem.New(problem.Conflict, "app.address_in_use",
			"%s is in use by another program; end that, or choose another address with %s.", address, flag)
	}
	return fmt.Errorf("listen on %s: %w", address, err)
}

func (l listeners) all() []net.Listener {
	if l.compat != nil {
		return []net.Listener{l.main, l.compat}
	}
	return []net.Listener{l.main}
}

func (l listeners) close() (err error) {
	for _, one := range []net.Listener{l.main, l.compat, l.socket} {
		if one != nil {
			err = errors.Join(err, one.Close())
		}
	}
	return err
}

// reachable is an address that a client on this machine can use.
func reachable(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		return address.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
