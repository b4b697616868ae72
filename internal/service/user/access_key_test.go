// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"strings"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
)

// An access key is shown when it is made and when somebody with the right asks,
// which the audit trail tells; replaced or removed, it ends the tokens it
// signed, and whoever remembers them is told.
func TestAccessKeyLife(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		s := &softphones{people: startPeople(t, database)}
		s.do(t, s.admin, 201, "POST /api/v1/agents", `{"login":"ana","extension":"200"}`)
		if none := s.do(t, s.admin, 200, "GET /api/v1/access-key", ""); none["set"] != false || none["createdAt"] != nil {
			t.Errorf("before there is one: %v", none)
		}
		for _, call := range []string{"POST /api/v1/access-key/reveal", "DELETE /api/v1/access-key"} {
			s.refused(t, s.admin, "access_key.not_found", call, "")
		}
		made := s.do(t, s.admin, 201, "POST /api/v1/access-key", "")
		first := made["key"].(string)
		if !strings.HasPrefix(first, "tda_") || len(first) < 40 || made["creator"] != s.admin.ID {
			t.Errorf("made %v", made)
		}
		seen := s.do(t, s.admin, 200, "GET /api/v1/access-key", "")
		if _, shown := seen["key"]; shown || seen["set"] != true || seen["creator"] != s.admin.ID || seen["createdAt"] != "2026-01-02T09:00:00Z" {
			t.Errorf("seen %v", seen)
		}
		if shown := s.do(t, s.admin, 200, "POST /api/v1/access-key/reveal", ""); shown["key"] != first {
			t.Errorf("revealed %v", shown)
		}
		token := s.signed(t, first, nil)
		if got := s.opens(t, token); got != "ana@demo" {
			t.Errorf("opens %s", got)
		}

		rings, stop, err := s.bus.Listen(ask.BellUsers)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		second := s.do(t, s.admin, 201, "POST /api/v1/access-key", "")["key"].(string)
		<-rings
		if got := s.opens(t, token); got != "identity.unauthenticated" || first == second {
			t.Errorf("signed with the key before, it opens %s", got)
		}
		token = s.signed(t, second, nil)
		s.do(t, s.admin, 204, "DELETE /api/v1/access-key", "")
		<-rings
		if got := s.opens(t, token); got != "identity.unauthenticated" {
			t.Errorf("without a key it opens %s", got)
		}
		actions, all := s.trail(t, "access-key/"+s.demo.UUID)
		if actions != "access-key.created access-key.revealed access-key.replaced access-key.removed" {
			t.Errorf("trail: %s", actions)
		}
		if strings.Contains(all, first) || strings.Contains(all, second) {
			t.Error("the trail holds the key")
		}
	})
}

// Who knows the access key can be anybody of the call centre: nobody gets it
// who may less, whatever right to it they have. Another call centre's is out of
// reach.
func TestAccessKeyScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		s := startSoftphones(t, database)
		keeper := s.admin
		keeper.Rights = []string{identity.KeyRead, identity.KeyWrite, identity.KeyReveal, identity.TokenCreate}
		s.refused(t, keeper, "user.right_not_held", "POST /api/v1/access-key", "")
		s.refused(t, keeper, "user.right_not_held", "POST /api/v1/access-key/reveal", "")
		if shown := s.do(t, s.stranger, 200, "POST /api/v1/access-key/reveal", ""); shown["key"] != s.otherKey {
			t.Errorf("a stranger sees %v", shown)
		}
		s.do(t, s.stranger, 204, "DELETE /api/v1/access-key", "")
		if got := s.opens(t, s.signed(t, s.key, nil)); got != "ana@demo" {
			t.Errorf("after another's is gone: %s", got)
		}
	})
}

// Agents make tokens of their own; for others it takes the right, and all that
// they may. A token makes no token, and without an access key there are none.
func TestMakeToken(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		s := startSoftphones(t, database)
		const call = "POST /api/v1/softphone-tokens"
		ana := s.principal(t, "ana")
		program := identity.Principal{Tenant: s.demo, ID: "01890000-0000-7000-8000-000000000000", Role: "key", Rights: identity.RightsOf("key")}
		made := func(as identity.Principal, body string, life time.Duration) string {
			t.Helper()
			answer := s.do(t, as, 201, call, body)
			if want := s.clock.Now().Add(life).Format(time.RFC3339); answer["agent"] != s.ana || answer["expiresAt"] != want {
				t.Errorf("%s: %v, want until %s", body, answer, want)
			}
			return answer["token"].(string)
		}
		own := made(ana, "", 10*time.Minute)
		for body, life := range map[string]time.Duration{`{"ttlSeconds":60}`: time.Minute, `{"agent":"200","ttlSeconds":600}`: 10 * time.Minute} {
			if got := s.opens(t, made(ana, body, life)); got != "ana@demo" {
				t.Errorf("%s opens %s", body, got)
			}
		}
		if got := s.opens(t, made(program, `{"agent":"ana"}`, 10*time.Minute)); got != "ana@demo" {
			t.Errorf("a program's opens %s", got)
		}
		if actions, _ := s.trail(t, "agent/"+s.ana); !strings.HasSuffix(actions, "agent.created softphone-token.created") {
			t.Errorf("trail: %s", actions)
		}

		s.refused(t, ana, "identity.denied", call, `{"agent":"admin"}`)
		s.refused(t, ana, "identity.denied", call, `{"agent":"nobody"}`) // who it is that there is not, is not said
		s.refused(t, s.admin, "token.invalid", call, `{"agent":"nobody"}`, "body.agent")
		s.refused(t, s.admin, "token.invalid", call, `{"agent":"stranger"}`, "body.agent")
		s.refused(t, program, "token.invalid", call, "", "body.agent")
		s.refused(t, ana, "request.invalid", call, `{"ttlSeconds":601}`, "body.ttlSeconds")
		keeper := program
		keeper.Rights = []string{identity.SelfRead, identity.TokenCreate}
		s.refused(t, keeper, "user.right_not_held", call, `{"agent":"ana"}`)

		bearer, err := s.authenticate(t, ask.Credential{Token: own})
		if err != nil {
			t.Fatal(err)
		}
		bearer.Tenant = s.demo
		s.refused(t, bearer, "token.by_token", call, "")
		s.clock.forward(10*time.Minute + 10*time.Second)
		if got := s.opens(t, own); got != "token.expired" {
			t.Errorf("later it opens %s", got)
		}
		s.do(t, s.admin, 204, "DELETE /api/v1/access-key", "")
		s.refused(t, ana, "access_key.missing", call, "")
	})
}
