// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/service/user"
)

// Another password takes the present one, ends every other session and gives
// this browser another one; guessing at the present one closes it like any
// other login.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		here := p.signIn(t, "admin", "correct horse", "").cookie.Value
		there := p.signIn(t, "admin", "correct horse", "").cookie.Value
		change := func(current, next, session string) response {
			t.Helper()
			body := fmt.Sprintf(`{"current":%q,"password":%q}`, current, next)
			return p.send(t, request{method: "PUT", path: "/api/v1/me/password", body: body, session: session, as: p.admin})
		}
		for name, test := range map[string]struct{ current, next, code string }{
			"wrong":     {"wrong horse", "another horse", "user.wrong_password"},
			"too short": {"correct horse", "short", "user.bad_password"},
			"the same":  {"correct horse", "correct horse", "user.bad_password"},
		} {
			if got := change(test.current, test.next, here); got.code != test.code || got.cookie != nil {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		got := change("correct horse", "another horse", here)
		if got.status != 200 || got.cookie == nil || got.cookie.Value == here {
			t.Fatalf("changed: %d %s, cookie %v", got.status, got.body, got.cookie)
		}
		for session, want := range map[string]string{here: ended, there: ended, got.cookie.Value: "admin"} {
			if who := p.sessionOf(t, session); who != want {
				t.Errorf("a session is %s, want %s", who, want)
			}
		}
		if _, err := p.authenticate(t, ask.Credential{Login: "admin", Password: "correct horse"}); problem.Of(err).Kind != problem.Unauthenticated {
			t.Errorf("the old password is good: %v", err)
		}
		if _, err := p.authenticate(t, ask.Credential{Login: "admin", Password: "another horse"}); err != nil {
			t.Error(err)
		}
		// A program with Basic gets no cookie, and neither does somebody else's session become theirs.
		if got := change("another horse", "third horse!", ""); got.status != 200 || got.cookie != nil {
			t.Errorf("without a session: %d, cookie %v", got.status, got.cookie)
		}
		p.refused(t, identity.Principal{Tenant: p.demo, ID: "k", Role: "key"}, "user.no_password", "PUT /api/v1/me/password", `{"current":"x","password":"another horse"}`)
		for range 11 {
			got = change("wrong horse", "another horse", "")
		}
		if got.code != "user.locked" {
			t.Errorf("guessed at: %d %s", got.status, got.body)
		}
		actions, all := p.trail(t, "agent/"+p.admin.ID)
		for _, action := range []string{"session.created", "session.refused", "session.locked", "password.changed"} {
			if !strings.Contains(actions, action) {
				t.Errorf("%s is not in the trail: %s", action, actions)
			}
		}
		if strings.Contains(all, "horse") {
			t.Errorf("a password is in the trail: %s", all)
		}
	})
}

// Somebody sees where they are signed in and ends it elsewhere, and nobody
// else's sessions.
func TestMySessions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		foreign := p.signIn(t, "stranger", "correct horse", "").cookie.Value
		sessions := make([]string, 3)
		for i := range sessions {
			p.clock.forward(time.Minute)
			sessions[i] = p.signIn(t, "admin", "correct horse", "").cookie.Value
		}
		list := func(as identity.Principal, session string) []any {
			t.Helper()
			got := p.send(t, request{method: "GET", path: "/api/v1/me/sessions", session: session, as: as})
			if got.status != 200 || strings.Contains(got.body, session) {
				t.Fatalf("%d %s", got.status, got.body)
			}
			return decode(t, got.body)["items"].([]any)
		}
		mine := list(p.admin, sessions[1])
		if len(mine) != 3 || mine[1].(map[string]any)["current"] != true || mine[0].(map[string]any)["current"] != false {
			t.Fatalf("sessions %v", mine)
		}
		newest := mine[0].(map[string]any)["id"].(string)
		p.refused(t, p.stranger, "user.no_session", "DELETE /api/v1/me/sessions/"+newest, "")
		p.do(t, p.admin, 204, "DELETE /api/v1/me/sessions/"+newest, "")
		p.refused(t, p.admin, "user.no_session", "DELETE /api/v1/me/sessions/"+newest, "")
		if got := p.send(t, request{method: "DELETE", path: "/api/v1/me/sessions", session: sessions[1], as: p.admin}); got.status != 204 {
			t.Errorf("end the others: %d %s", got.status, got.body)
		}
		for session, want := range map[string]string{sessions[0]: ended, sessions[1]: "admin", sessions[2]: ended, foreign: "stranger"} {
			if who := p.sessionOf(t, session); who != want {
				t.Errorf("a session is %s, want %s", who, want)
			}
		}
		// An operator keeps their own sessions, whichever call centre they act in.
		operator, err := p.CreateOperator(t.Context(), "operator", "", "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		theirs := p.signIn(t, "operator", "correct horse", "").cookie.Value
		if got := list(identity.Principal{Tenant: p.demo, ID: operator.ID, Role: "operator"}, theirs); len(got) != 1 {
			t.Errorf("the operator's sessions: %v", got)
		}
	})
}

// tokenOf returns what a link carries.
func tokenOf(t *testing.T, answer map[string]any) string {
	t.Helper()
	address, err := url.Parse(answer["url"].(string))
	if err != nil || address.Path != "/invitation" && address.Path != "/reset" || address.Query().Get("token") == "" {
		t.Fatalf("link %v, %v", answer, err)
	}
	return address.Query().Get("token")
}

// Somebody is invited, looks at the link as often as they like, and uses it
// once; then it is worth nothing.
func TestInvitation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		id := p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"nam","name":"Nam"}`)["_id"].(string)
		if _, err := p.authenticate(t, ask.Credential{Login: "nam", Password: ""}); problem.Of(err).Kind != problem.Unauthenticated {
			t.Errorf("an agent without a password: %v", err)
		}
		first := tokenOf(t, p.do(t, p.admin, 201, "POST /api/v1/agents/"+id+"/invitation", ""))
		token := tokenOf(t, p.do(t, p.admin, 201, "POST /api/v1/agents/"+id+"/invitation", ""))
		p.refused(t, p.stranger, "agent.not_found", "POST /api/v1/agents/"+id+"/invitation", "")
		nobody := identity.Principal{}
		use := func(token, password string) response {
			t.Helper()
			return p.send(t, request{method: "POST", path: "/api/v1/password-resets", body: fmt.Sprintf(`{"token":%q,"password":%q}`, token, password)})
		}
		if got := use(first, "correct horse"); got.code != "user.bad_link" || got.cookie != nil {
			t.Errorf("an older link: %d %s", got.status, got.body)
		}
		for range 2 {
			check := p.do(t, nobody, 200, "POST /api/v1/password-resets/check", `{"token":"`+token+`"}`)
			if check["kind"] != "invitation" || check["login"] != "nam" || check["name"] != "Nam" || check["tenant"].(map[string]any)["name"] != p.demo.Name {
				t.Errorf("the link says %v", check)
			}
		}
		if got := use(token, "short"); got.code != "user.bad_password" {
			t.Errorf("a short password: %d %s", got.status, got.body)
		}
		got := use(token, "correct horse")
		if got.status != 200 || got.me.Login != "nam" || got.cookie == nil || p.sessionOf(t, got.cookie.Value) != "nam" {
			t.Fatalf("accepted: %d %s", got.status, got.body)
		}
		if got := use(token, "another horse"); got.code != "user.bad_link" {
			t.Errorf("a link used twice: %d %s", got.status, got.body)
		}
		p.refused(t, nobody, "user.bad_link", "POST /api/v1/password-resets/check", `{"token":"`+token+`"}`)
		p.refused(t, p.admin, "agent.has_password", "POST /api/v1/agents/"+id+"/invitation", "")
		if actions, all := p.trail(t, "agent/"+id); actions != "agent.created session.refused agent.invited agent.invited password.changed session.created" || strings.Contains(all, token) {
			t.Errorf("trail: %s", actions)
		}
	})
}

// A reset leaves the old password good until it is used, and is void after its
// time, when the agent is deleted, and when they set another password
// themselves.
func TestPasswordReset(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := startPeople(t, database)
		id := p.do(t, p.admin, 201, "POST /api/v1/agents", `{"login":"nam","password":"correct horse"}`)["_id"].(string)
		session := p.signIn(t, "nam", "correct horse", "").cookie.Value
		reset := func() string {
			t.Helper()
			return tokenOf(t, p.do(t, p.admin, 201, "POST /api/v1/agents/"+id+"/password-reset", ""))
		}
		bad := func(why, token string) {
			t.Helper()
			got := p.send(t, request{method: "POST", path: "/api/v1/password-resets", body: `{"token":"` + token + `","password":"another horse"}`})
			if got.code != "user.bad_link" {
				t.Errorf("%s: %d %s", why, got.status, got.body)
			}
		}
		token := reset()
		nam := p.principal(t, "nam")
		if p.sessionOf(t, session) != "nam" {
			t.Error("a link that nobody has used ends sessions")
		}
		p.clock.forward(24*time.Hour + time.Second)
		bad("too late", token)
		token = reset()
		p.do(t, nam, 200, "PUT /api/v1/me/password", `{"current":"correct horse","password":"correct horse 2"}`)
		bad("after another password", token)
		token = reset()
		p.do(t, p.admin, 204, "DELETE /api/v1/agents/"+id, "")
		bad("of a deleted agent", token)
		p.do(t, p.admin, 200, "POST /api/v1/agents/"+id+"/restore", "")
		bad("of an agent who was deleted", token)
		token = reset()
		// Somebody who is locked out by guesses gets in again with the link.
		for range 11 {
			p.signIn(t, "nam", "wrong horse", "")
		}
		if got := p.send(t, request{method: "POST", path: "/api/v1/password-resets", body: `{"token":"` + token + `","password":"correct horse"}`}); got.status != 200 {
			t.Errorf("reset: %d %s", got.status, got.body)
		}
		p.principal(t, "nam")
	})
}

// Whoever may change agents gets no link to the account of somebody who may
// more.
func TestLinksToAccountsOfThoseWhoMayMore(t *testing.T) {
	t.Parallel()
	p := startPeople(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	weak := identity.Principal{Tenant: p.demo, ID: "w", Login: "weak", Role: "Team lead", Rights: append(identity.RightsOf(user.RoleAgent), identity.AgentWrite)}
	p.refused(t, weak, "user.right_not_held", "POST /api/v1/agents/"+p.admin.ID+"/password-reset", "")
	agent := p.do(t, weak, 201, "POST /api/v1/agents", `{"login":"nam"}`)["_id"].(string)
	p.do(t, weak, 201, "POST /api/v1/agents/"+agent+"/invitation", "")
}

// Whoever asks is told who they are.
func TestMe(t *testing.T) {
	t.Parallel()
	p := startPeople(t, dbtest.Open(t, t.TempDir()+"/test.db"))
	me := p.do(t, p.admin, 200, "GET /api/v1/me", "")
	if me["id"] != p.admin.ID || me["login"] != "admin" || me["tenant"].(map[string]any)["slug"] != "demo" {
		t.Errorf("me: %v", me)
	}
}
