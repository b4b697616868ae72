// SPDX-License-Identifier: Apache-2.0

package app

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"tandem/internal/module"
	"tandem/internal/problem"
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
