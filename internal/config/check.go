// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/hex"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// AfterApply fills what depends on other settings and refuses what cannot work.
// Kong calls it when all sources have been read.
func (s *Serve) AfterApply(from *sources) error {
	s.fill()
	s.checkAddresses(from)
	s.checkBounds(from)
	return from.report()
}

// AfterApply reports what is wrong to the commands that have no more settings
// than these.
func (c *Common) AfterApply(from *sources) error {
	for key := range strings.SplitSeq(string(c.SecretKey), ",") {
		_, err := hex.DecodeString(strings.TrimSpace(key))
		from.check(c.SecretKey == "" || err == nil && len(strings.TrimSpace(key)) == 64, "secret-key",
			"is not 64 hexadecimal digits; openssl rand -hex 32 makes some")
	}
	from.check(c.Data != "", "data", "may not be empty; write for example /var/lib/tandem")
	database := string(c.Database)
	known := strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
	from.check(known || !strings.Contains(database, "://"), "database",
		"is neither PostgreSQL nor a file; write for example postgres://tandem@127.0.0.1/tandem, or the path of a SQLite file")
	return from.report()
}

func (s *Serve) fill() {
	choose := func(setting *string, dev, otherwise string) {
		if *setting != "" {
			return
		}
		*setting = otherwise
		if s.Dev {
			*setting = dev
		}
	}
	choose(&s.Listen, "127.0.0.1:8080", ":8080")
	choose(&s.Log.Format, "text", "json")
	choose(&s.MockPBX, "127.0.0.1:3030", Off)
	if s.Calls == "" {
		s.Calls = "gentle"
		if s.MockPBX == Off {
			s.Calls = Off
		}
	}
}

func (s *Serve) checkAddresses(from *sources) {
	address(from, "listen", s.Listen, s.Dev)
	if s.MockPBX != Off {
		address(from, "mockpbx", s.MockPBX, true)
		from.check(s.Dev, "mockpbx", "needs --dev; tandem mockpbx runs a mock PBX by itself")
	}
	from.check(s.Calls == Off || s.Dev || s.MockPBX != Off, "calls", "needs --dev")
	from.check(s.Calls == Off || s.MockPBX != Off, "calls", "needs the mock PBX, which is off")
	if s.PublicURL != "" {
		public, err := url.Parse(s.PublicURL)
		ok := err == nil && (public.Scheme == "http" || public.Scheme == "https") && public.Host != "" && public.RawQuery == ""
		from.check(ok, "public-url", "is %q, which is no address to send people to; write for example https://calls.example", s.PublicURL)
		s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
	}
	for _, proxy := range s.Proxies {
		_, err := networkOf(proxy)
		from.check(err == nil, "proxies", "names %q, which is neither an address nor a network; write for example 127.0.0.1 or 10.0.0.0/24", proxy)
	}
}

// address checks that text can be listened on, and with loopback set, that only
// this machine reaches it.
func address(from *sources, name, text string, loopback bool) {
	host, port, err := net.SplitHostPort(text)
	if err != nil || port == "" {
		from.check(false, name, "is %q, which is not an address with a port; write for example 127.0.0.1:8080", text)
		return
	}
	from.check(!loopback || isLoopback(host), name,
		"is %q, which other machines may reach. With --dev the credentials are public, so only an address of this machine is allowed: write for example 127.0.0.1:%s, or leave --dev out",
		text, port)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func (s *Serve) checkBounds(from *sources) {
	duration := func(name string, value, low, high time.Duration) {
		from.check(value >= low && value <= high, name, "is %s; it has to be between %s and %s", value, low, high)
	}
	count := func(name string, value, low, high int64) {
		from.check(value >= low && value <= high, name, "is %d; it has to be between %d and %d", value, low, high)
	}
	const day = 24 * time.Hour
	duration("session-ttl", s.SessionTTL, time.Minute, 90*day)
	duration("ingest.inbox-max-age", s.Ingest.InboxMaxAge, time.Hour, 3650*day)
	duration("routing.deadline", s.Routing.Deadline, 100*time.Millisecond, time.Minute)
	duration("routing.attempt-timeout", s.Routing.AttemptTimeout, 10*time.Millisecond, s.Routing.Deadline)
	duration("feed.coalesce", s.Feed.Coalesce, 0, time.Second)
	count("ingest.body-max", int64(s.Ingest.BodyMax), 1<<10, 64<<20)
	count("ingest.inbox-max-rows", int64(s.Ingest.InboxMaxRows), 1, 100_000_000)
	count("ingest.inbox-max-bytes", int64(s.Ingest.InboxMaxSize), int64(s.Ingest.BodyMax), 1<<40)
	count("routing.workers", int64(s.Routing.Workers), 1, 10_000)
	count("feed.max-clients", int64(s.Feed.MaxClients), 1, 1_000_000)
}
