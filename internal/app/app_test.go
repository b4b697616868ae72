// SPDX-License-Identifier: Apache-2.0

package app

import (
	"database/sql"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tandem/internal/config"
	"tandem/internal/db/dbtest"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

// A process runs the modules it is told to, all of them when it is told
// nothing, and does not start with a name that is none.
func TestChoose(t *testing.T) {
	t.Parallel()
	all := []module.Module{{Name: "ingest"}, {Name: "routing"}, {Name: "feed"}}
	tests := map[string]struct {
		names []string
		want  []string
		fails bool
	}{
		"all":     {nil, []string{"ingest", "routing", "feed"}, false},
		"some":    {[]string{"feed", "ingest"}, []string{"ingest", "feed"}, false},
		"unknown": {[]string{"feed", "injest"}, nil, true},
	}
	for name, test := range tests {
		chosen, err := choose(all, test.names)
		var got []string
		for _, m := range chosen {
			got = append(got, m.Name)
		}
		if !slices.Equal(got, test.want) || (problem.Of(err).Kind == problem.Invalid) != test.fails {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// An address that another program has is named, with the setting that chooses
// another, before anything is opened: the demo would wait for its mock PBX for
// ever.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	var c net.ListenConfig
	taken, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	for flag, settings := range map[string]config.Serve{
		"--listen":  {Listen: address, MockPBX: config.Off},
		"--mockpbx": {Listen: "127.0.0.1:0", MockPBX: address},
	} {
		_, err := listen(t.Context(), settings)
		p := problem.Of(err)
		if p.Code != "app.address_in_use" || !strings.Contains(p.Detail, address) || !strings.Contains(p.Detail, flag) {
			t.Errorf("%s: %v", flag, err)
		}
	}
}

// The demo's public credentials and real call centres do not come together in
// one database, whichever was first.
func TestDemoDataStaysApart(t *testing.T) {
	t.Parallel()
	box := tenanttest.Box(t)
	create := func(n tenant.New) *tenant.Directory {
		database := dbtest.Open(t, t.TempDir()+"/test.db")
		if err := database.Migrate(t.Context(), "tenant", tenant.Tables); err != nil {
			t.Fatal(err)
		}
		directory := tenant.NewDirectory(database, box)
		err := database.InTx(t.Context(), func(tx *sql.Tx) error {
			if n.Slug == "" {
				return nil
			}
			_, err := directory.Create(t.Context(), tx, n)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return directory
	}
	fresh := create(tenant.New{})
	public := create(tenant.New{UUID: demoUUID, Slug: "demo", Name: "Demo", Region: "VN", TimeZone: "UTC"})
	private := create(tenant.New{Slug: "real", Name: "Real", Region: "VN", TimeZone: "UTC"})
	tests := map[string]struct {
		err  error
		code string
	}{
		"serve on nothing":   {refuseDemo(t.Context(), fresh), ""},
		"serve on the demo":  {refuseDemo(t.Context(), public), "app.demo_data"},
		"serve on real data": {refuseDemo(t.Context(), private), ""},
		"--dev on nothing":   {refuseReal(t.Context(), fresh), ""},
		"--dev on the demo":  {refuseReal(t.Context(), public), ""},
		"--dev on real data": {refuseReal(t.Context(), private), "app.real_data"},
	}
	for name, test := range tests {
		if code := problem.Of(test.err).Code; code != test.code {
			t.Errorf("%s: %v, want %q", name, test.err, test.code)
		}
	}
}

// On the port that had nothing but the socket, an upgrade reaches /ws whatever
// its path is, and everything else gets the original's line.
func TestAnyPath(t *testing.T) {
	t.Parallel()
	handler := anyPath(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("socket at " + r.URL.Path))
	}))
	tests := map[string]struct{ path, upgrade, want string }{
		"plain":  {"/", "", "Nothing to see here!"},
		"socket": {"/", "websocket", "socket at /ws"},
		"deep":   {"/a/b%2fc", "WebSocket", "socket at /ws"},
		"other":  {"/", "h2c", "Nothing to see here!"},
	}
	for name, test := range tests {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, test.path, nil)
		r.Header.Set("Upgrade", test.upgrade)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Body.String() != test.want {
			t.Errorf("%s: %q, want %q", name, w.Body, test.want)
		}
	}
}
