// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"context"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/ask"
	"tandem/internal/audit"
	"tandem/internal/bus"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/eventlog"
	"tandem/internal/eventlog/eventlogtest"
	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/service/user"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// world is a running user service and what it stands on.
type world struct {
	*user.Users

	database *db.DB
	log      *eventlog.Log
	bus      *bus.Bus
	tenants  *tenant.Directory
	module   module.Module
	clock    *clock
	demo     identity.Tenant
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func start(t testing.TB, database *db.DB, change ...func(*user.Options)) *world {
	t.Helper()
	w := &world{database: database, bus: eventlogtest.Bus(t), clock: &clock{now: time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)}}
	w.tenants = tenanttest.Directory(t, database)
	w.log = eventlogtest.StartOn(eventlogtest.Lasting(t), t, database, w.bus)
	o := user.Options{
		Log: w.log, Database: database, Bus: w.bus, Tenants: w.tenants, Box: tenanttest.Box(t),
		Logger: slog.New(slog.DiscardHandler), Now: w.clock.Now, SessionTTL: time.Hour,
	}
	for _, f := range change {
		f(&o)
	}
	w.Users = user.New(o)
	w.module = w.Module(httpapi.New("test", o.Logger))
	for owner, tables := range map[string]fs.FS{w.module.Name: w.module.Tables, "audit": audit.Tables} {
		if err := database.Migrate(t.Context(), owner, tables); err != nil {
			t.Fatal(err)
		}
	}
	demo, err := w.tenants.FindBySlug(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	w.demo = demo.Tenant
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.module.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

// authenticate asks over the bus, once somebody answers there.
func (w *world) authenticate(t *testing.T, c ask.Credential) (identity.Principal, error) {
	t.Helper()
	for {
		p, err := bus.Ask(t.Context(), w.bus, ask.Authenticate, c)
		if problem.Of(err).Kind != problem.Unavailable {
			return p, err
		}
	}
}

func (w *world) create(t *testing.T, n user.NewUser) user.User {
	t.Helper()
	created, err := w.CreateUser(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

// ana is an agent of the demo tenant.
func ana(w *world) user.NewUser {
	return user.NewUser{
		Tenant: w.demo.ID, Login: "ana", Name: "Ana", Email: "Ana@Demo.example", Role: user.RoleAgent,
		Extension: "200", Password: "correct horse",
	}
}

// hashes returns how many passwords have been hashed.
func (w *world) hashes(t *testing.T) int {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(w.Metrics()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "tandem_user_password_hashes_total" {
			return int(family.GetMetric()[0].GetCounter().GetValue())
		}
	}
	t.Fatal("no such metric")
	return 0
}

// Each sort of credential is its owner's and nobody else's, over the bus, with
// the rights of the role.
func TestAuthenticate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.create(t, ana(w))
		admin := ana(w)
		admin.Login, admin.Email, admin.Role = "admin", "", user.RoleAdmin
		w.create(t, admin)
		if _, err := w.CreateOperator(t.Context(), "operator", "", "correct horse"); err != nil {
			t.Fatal(err)
		}
		if err := w.EnsureAPIKey(t.Context(), w.demo.ID, "Demo", "demo-key"); err != nil {
			t.Fatal(err)
		}
		tests := map[string]struct {
			credential ask.Credential
			role       string // "" for nobody
			tenant     string
		}{
			"agent":              {ask.Credential{Login: "ana", Password: "correct horse"}, "agent", "demo"},
			"agent, capitals":    {ask.Credential{Login: " Ana", Password: "correct horse"}, "agent", "demo"},
			"admin":              {ask.Credential{Login: "admin", Password: "correct horse"}, "admin", "demo"},
			"operator":           {ask.Credential{Login: "operator", Password: "correct horse"}, "operator", ""},
			"key":                {ask.Credential{APIKey: "demo-key"}, "key", "demo"},
			"wrong password":     {ask.Credential{Login: "ana", Password: "wrong horse"}, "", ""},
			"capital password":   {ask.Credential{Login: "ana", Password: "Correct horse"}, "", ""},
			"no password":        {ask.Credential{Login: "ana"}, "", ""},
			"endless password":   {ask.Credential{Login: "ana", Password: strings.Repeat("x", 2000)}, "", ""},
			"unknown login":      {ask.Credential{Login: "bruno", Password: "correct horse"}, "", ""},
			"login by e-mail":    {ask.Credential{Login: "ana@demo.example", Password: "correct horse"}, "", ""},
			"login that is none": {ask.Credential{Login: "a\x00'--", Password: "correct horse"}, "", ""},
			"wrong key":          {ask.Credential{APIKey: "demo-keys"}, "", ""},
			"a hash as key":      {ask.Credential{APIKey: "c0ffee"}, "", ""},
			"wrong session":      {ask.Credential{Session: "x"}, "", ""},
			"nothing":            {ask.Credential{}, "", ""},
		}
		for name, test := range tests {
			p, err := w.authenticate(t, test.credential)
			if test.role == "" {
				if problem.Of(err).Kind != problem.Unauthenticated || problem.Of(err).Code != "identity.unauthenticated" {
					t.Errorf("%s: %+v, %v", name, p, err)
				}
				continue
			}
			if err != nil || p.Role != test.role || p.Tenant.Slug != test.tenant || p.ID == "" {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
			if want := len(identity.RightsOf(test.role)); len(p.Rights) != want || want == 0 {
				t.Errorf("%s: rights %v", name, p.Rights)
			}
		}
	})
}

// A password is hashed when it comes for the first time in a minute, however
// often it comes, and at once again when it was changed. A login that does not exist costs as much as one that
// does, so that nobody can tell them apart by the clock.
func TestPasswordsAreHashedAsOftenAsNeeded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.create(t, ana(w))
		right, wrong := ask.Credential{Login: "ana", Password: "correct horse"}, ask.Credential{Login: "ana", Password: "wrong horse"}
		nobody := ask.Credential{Login: "nobody", Password: "correct horse"}
		after := func(c ask.Credential, want int, what string) {
			t.Helper()
			before := w.hashes(t)
			_, _ = w.authenticate(t, c) // only the cost is looked at here
			if got := w.hashes(t) - before; got != want {
				t.Errorf("%s: %d hashes, want %d", what, got, want)
			}
		}
		after(right, 1, "first time")
		after(right, 0, "again")
		for range 5 {
			w.clock.forward(40 * time.Second)
			after(right, 0, "in use")
		}
		after(wrong, 1, "wrong")
		after(wrong, 1, "wrong again")
		after(nobody, 1, "unknown login")
		after(nobody, 1, "unknown login again")
		w.clock.forward(61 * time.Second)
		after(right, 1, "a minute later")

		if err := w.SetPassword(t.Context(), "ana", "another horse"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.authenticate(t, right); problem.Of(err).Kind != problem.Unauthenticated {
			t.Errorf("the old password still works: %v", err)
		}
		if _, err := w.authenticate(t, ask.Credential{Login: "ana", Password: "another horse"}); err != nil {
			t.Errorf("the new password does not work: %v", err)
		}
	})
}

// Requests with one password that come together share one hash.
func TestOneHashForManyAtOnce(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	w.create(t, ana(w))
	before := w.hashes(t)
	var group sync.WaitGroup
	for range 200 {
		group.Go(func() {
			if _, err := w.authenticate(t, ask.Credential{Login: "ana", Password: "correct horse"}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := w.hashes(t) - before; n > 2 {
		t.Errorf("%d hashes for one password", n)
	}
}

// After ten wrong passwords a login is closed for a while that grows, known or
// not; the right password opens it only when the while is over, except for
// whoever has just shown it. Other logins are not touched.
func TestLockOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.create(t, ana(w))
		other := ana(w)
		other.Login = "bruno"
		w.create(t, other)
		right := ask.Credential{Login: "ana", Password: "correct horse"}
		kind := func(c ask.Credential) problem.Kind {
			_, err := w.authenticate(t, c)
			return problem.Of(err).Kind
		}
		for _, login := range []string{"ana", "nobody"} {
			for i := range 10 {
				if k := kind(ask.Credential{Login: login, Password: "wrong horse"}); k != problem.Unauthenticated {
					t.Fatalf("%s, wrong password %d: kind %d", login, i+1, k)
				}
			}
			before := w.hashes(t)
			if k := kind(ask.Credential{Login: login, Password: "wrong horse"}); k != problem.TooMany {
				t.Errorf("%s is not closed: kind %d", login, k)
			}
			if w.hashes(t) != before {
				t.Errorf("%s is closed but costs a hash", login)
			}
		}
		if k := kind(right); k != problem.TooMany {
			t.Errorf("closed, but the right password opens it: kind %d", k)
		}
		if _, err := w.authenticate(t, ask.Credential{Login: "bruno", Password: "correct horse"}); err != nil {
			t.Errorf("another login is closed: %v", err)
		}
		w.clock.forward(11 * time.Second)
		if k := kind(ask.Credential{Login: "ana", Password: "wrong horse"}); k != problem.Unauthenticated {
			t.Errorf("not open again: kind %d", k)
		}
		w.clock.forward(11 * time.Second)
		if k := kind(right); k != problem.TooMany {
			t.Errorf("the second while is not longer: kind %d", k)
		}
		w.clock.forward(10 * time.Second)
		if _, err := w.authenticate(t, right); err != nil {
			t.Errorf("open, but the right password does not work: %v", err)
		}
		for range 10 {
			kind(ask.Credential{Login: "ana", Password: "wrong horse"})
		}
		if _, err := w.authenticate(t, right); err != nil {
			t.Errorf("who worked with it is cut off by somebody's guessing: %v", err)
		}
	})
}

// Actors are named by e-mail, then by login, within their tenant; asking
// creates nobody.
func TestNameAgents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		w.create(t, ana(w))
		// A login that looks like somebody's e-mail: the e-mail counts.
		trap := ana(w)
		trap.Login, trap.Name, trap.Email = "ana@demo.example", "Trap", "trap@demo.example"
		w.create(t, trap)
		foreign := ana(w)
		foreign.Tenant, foreign.Login, foreign.Email = 2, "chi", "chi@other.example"
		w.create(t, foreign)

		actors := []string{"ana@demo.example", "ANA@demo.example", "ana", "chi", "chi@other.example", "nobody", "", "a\x00b"}
		var named map[string]ask.Agent
		var err error
		for {
			named, err = bus.Ask(t.Context(), w.bus, ask.NameAgents, ask.NamesQuestion{Tenant: w.demo.ID, Keys: actors})
			if problem.Of(err).Kind != problem.Unavailable {
				break
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, actor := range actors[:3] {
			if got := named[actor]; got.Name != "Ana" || got.Extension != "200" || got.Login != "ana" {
				t.Errorf("%s is %+v", actor, got)
			}
		}
		if len(named) != 3 {
			t.Errorf("named %v", named)
		}
		// By id, the same person, and nobody else's.
		id := named["ana"].ID
		if found, err := bus.Ask(t.Context(), w.bus, ask.FindAgent, ask.AgentQuestion{Tenant: w.demo.ID, ID: id}); err != nil || found != named["ana"] {
			t.Errorf("by id: %+v, %v", found, err)
		}
		for _, q := range []ask.AgentQuestion{{Tenant: 2, ID: id}, {Tenant: w.demo.ID, ID: "nope"}} {
			if _, err := bus.Ask(t.Context(), w.bus, ask.FindAgent, q); problem.Of(err).Kind != problem.NotFound {
				t.Errorf("%+v: %v", q, err)
			}
		}
	})
}

// A login is somebody's alone in the whole installation, and what is not
// acceptable is said field by field.
func TestCreateUser(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		rings, stop, err := w.bus.Listen(ask.BellUsers)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		created := w.create(t, ana(w))
		<-rings
		foreign := ana(w)
		foreign.Tenant, foreign.Login = 2, "ANA"
		if _, err := w.CreateUser(t.Context(), foreign); problem.Of(err).Code != "user.login_taken" {
			t.Errorf("a login twice: %v", err)
		}
		if same, err := w.EnsureUser(t.Context(), ana(w)); err != nil || same.ID != created.ID {
			t.Errorf("ensured %+v, %v", same, err)
		}
		if _, err := w.EnsureUser(t.Context(), foreign); problem.Of(err).Code != "user.login_taken" {
			t.Errorf("ensured in another tenant: %v", err)
		}
		short := ana(w)
		short.Login, short.Password = "short", "tandem"
		if _, err := w.EnsureUser(t.Context(), short); err != nil {
			t.Errorf("a demo's password: %v", err)
		}
		bad := user.NewUser{Tenant: w.demo.ID, Login: "a b", Email: "x", Role: "operator", Extension: "2 0", Password: "short"}
		_, err = w.CreateUser(t.Context(), bad)
		var names []string
		for _, field := range problem.Of(err).Fields {
			names = append(names, field.Name)
		}
		if got := strings.Join(names, " "); got != "login email extension role password" {
			t.Errorf("fields at fault: %s", got)
		}
		records, err := w.log.ReadStream(t.Context(), w.demo.ID, "user/"+created.ID, 0, 0)
		if err != nil || len(records) != 1 || records[0].Type != "user.changed" || records[0].Timed != true {
			t.Fatalf("%+v, %v", records, err)
		}
		if data := string(records[0].Data); !strings.Contains(data, `"login":"ana"`) || strings.Contains(data, "argon2") || strings.Contains(data, "horse") {
			t.Errorf("data %s", data)
		}
	})
}

// The demo's keys are made once, and the softphone's lies sealed.
func TestDemoKeys(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		w := start(t, database)
		for range 2 {
			if err := w.EnsureAPIKey(t.Context(), w.demo.ID, "Demo", "demo-key"); err != nil {
				t.Fatal(err)
			}
			if err := w.EnsureAccessKey(t.Context(), w.demo.ID, "demo-access-key"); err != nil {
				t.Fatal(err)
			}
		}
		var keys int
		var sealed string
		row := database.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM user_keys), key FROM user_access_keys`)
		if err := row.Scan(&keys, &sealed); err != nil || keys != 1 || strings.Contains(sealed, "demo") {
			t.Errorf("%d keys, %s, %v", keys, sealed, err)
		}
		if plain, err := tenanttest.Box(t).Open("access-key/1", sealed); err != nil || plain != "demo-access-key" {
			t.Errorf("opened %q, %v", plain, err)
		}
	})
}
