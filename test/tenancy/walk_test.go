// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tandem/internal/app"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/module"
	"tandem/internal/service/user"
	"tandem/internal/tenant"
)

var update = flag.Bool("update", false, "write routes.txt again; read the difference before you commit it")

const table = "routes.txt"

// asking is somebody who walks over all routes.
type asking struct {
	name string
	*client
}

// people makes two call centres, demo and other, with people in them, and
// returns who walks.
func (s *site) people() []asking {
	s.Helper()
	uuids := map[string]string{}
	s.tools(func(tools *app.Tools) {
		for _, slug := range []string{"demo", "other"} {
			t, err := tools.Users.CreateTenant(s.Context(),
				tenant.New{Slug: slug, Name: slug, Region: "VN", TimeZone: "Asia/Ho_Chi_Minh"},
				user.NewUser{Login: slug + "-admin", Password: password})
			if err != nil {
				s.Fatal(err)
			}
			uuids[slug] = t.UUID
		}
	})
	admin := basic("demo-admin")
	role := read[struct {
		ID string `json:"_id"`
	}](s, s.must(admin, http.StatusCreated, "POST /api/v1/roles", `{"name":"Nothing","rights":[]}`))
	s.must(admin, http.StatusCreated, "POST /api/v1/agents", `{"login":"demo-agent","password":"`+password+`"}`)
	s.must(admin, http.StatusCreated, "POST /api/v1/agents", `{"login":"demo-nothing","role":"`+role.ID+`","password":"`+password+`"}`)
	in := func(c *client, slug string) *client {
		c.header.Set("tenant-uuid", uuids[slug])
		return c
	}
	return []asking{
		{"nobody", &client{header: http.Header{}}},
		{"other", in(basic("other-admin"), "demo")}, // who names a call centre that is not theirs
		{"bare", basic("demo-nothing")},
		{"agent", basic("demo-agent")},
		{"admin", admin},
		{"operator", basic("operator")},
		{"inside", in(basic("operator"), "demo")},
	}
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// try asks for a route with ids that nobody has and an empty body, and says how
// far that came: 401, 403, or in for whatever the route itself answers.
func (s *site) try(who asking, route module.Route) string {
	s.Helper()
	method := route.Method
	if method == "" {
		method = http.MethodGet
	}
	path := parameter.ReplaceAllString(route.Pattern, "01890000-0000-7000-8000-000000000000")
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel() // ends streams
	r, err := http.NewRequestWithContext(ctx, method, s.address+path, strings.NewReader("{}"))
	if err != nil {
		s.Fatal(err)
	}
	r.Header = who.header.Clone()
	r.Header.Set("Content-Type", "application/json")
	response, err := who.Do(r)
	if err != nil {
		s.Fatalf("%s %s as %s: %v", method, path, who.name, err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return strconv.Itoa(response.StatusCode)
	case http.StatusInternalServerError:
		s.Errorf("%s %s as %s: %d", method, path, who.name, response.StatusCode)
	}
	return "in"
}

// Every route there is lets in whom a person has said it should, and nobody
// else. A new route, or one that is open to others than before, needs a line in
// routes.txt that somebody has read: go test ./test/tenancy -run Walk -update.
func TestWalk(t *testing.T) {
	t.Parallel()
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		s := start(t, dsn)
		walkers := s.people()
		var names, lines []string
		for _, who := range walkers {
			names = append(names, who.name)
		}
		for _, route := range app.Routes() {
			right := route.Right
			if route.Own {
				right += "[.own]"
			}
			line := fmt.Sprintf("%-7s %-52s %-24s", cmp.Or(route.Method, "any"), route.Pattern, right)
			for _, who := range walkers {
				line += fmt.Sprintf(" %-8s", s.try(who, route))
			}
			lines = append(lines, strings.TrimRight(line, " "))
		}
		slices.SortFunc(lines, func(a, b string) int { return cmp.Compare(a[8:]+a[:8], b[8:]+b[:8]) })
		head := fmt.Sprintf("%-7s %-52s %-24s", "", "# route", "right")
		for _, name := range names {
			head += fmt.Sprintf(" %-8s", name)
		}
		got := strings.TrimRight(head, " ") + "\n" + strings.Join(lines, "\n") + "\n"
		if *update && !db.IsPostgres(dsn) {
			if err := os.WriteFile(table, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s.compare(got)
	})
}

// compare tells each line by which the routes differ from the table.
func (s *site) compare(got string) {
	s.Helper()
	content, err := os.ReadFile(table)
	if err != nil {
		s.Fatal(err)
	}
	reviewed, seen := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(content)) {
		reviewed[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(got) {
		line = strings.TrimSpace(line)
		if seen[line] = true; !reviewed[line] {
			s.Errorf("not in %s: %s", table, line)
		}
	}
	for line := range reviewed {
		if !seen[line] {
			s.Errorf("in %s, but not so any more: %s", table, line)
		}
	}
}
