// SPDX-License-Identifier: Apache-2.0

package user_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/problem"
)

// softphones is a world whose two call centres have access keys.
type softphones struct {
	*people

	key, otherKey string
	ana           string // _id of an agent with the login ana and the extension 200
}

func startSoftphones(t *testing.T, database *db.DB) *softphones {
	t.Helper()
	s := &softphones{people: startPeople(t, database)}
	s.key = s.do(t, s.admin, 201, "POST /api/v1/access-key", "")["key"].(string)
	s.otherKey = s.do(t, s.stranger, 201, "POST /api/v1/access-key", "")["key"].(string)
	s.ana = s.do(t, s.admin, 201, "POST /api/v1/agents", `{"login":"ana","extension":"200","password":"correct horse"}`)["_id"].(string)
	return s
}

// claims are those of a token that would do, with what a case changes.
func (s *softphones) claims(change jwt.MapClaims) jwt.MapClaims {
	now := s.clock.Now()
	claims := jwt.MapClaims{"iss": "demo", "sub": "200", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

// signed is a token as the server of a CRM signs it.
func (s *softphones) signed(t testing.TB, key string, change jwt.MapClaims) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, s.claims(change)).SignedString([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// opens says as whom a token lets in, or with which code it does not.
func (s *softphones) opens(t *testing.T, token string) string {
	t.Helper()
	who, err := s.authenticate(t, ask.Credential{Token: token})
	if err == nil {
		return who.Login + "@" + who.Tenant.Slug
	}
	if kind := problem.Of(err).Kind; kind != problem.Unauthenticated && kind != problem.Denied {
		t.Errorf("%s: %v", token, err)
	}
	return problem.Of(err).Code
}

// What anybody could write in a header lets nobody in unless the call centre's
// own key has signed it, for one of its agents, for ten minutes at most; and
// who made it is told why.
func TestTokens(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		s := startSoftphones(t, database)
		s.do(t, s.admin, 201, "POST /api/v1/agents", `{"login":"300","extension":"301"}`)
		s.do(t, s.admin, 201, "POST /api/v1/agents", `{"login":"bruno","extension":"300"}`)
		gone := s.do(t, s.admin, 201, "POST /api/v1/agents", `{"login":"gone"}`)["_id"].(string)
		s.do(t, s.admin, 204, "DELETE /api/v1/agents/"+gone, "")
		if _, err := s.CreateOperator(t.Context(), "operator", "", "correct horse"); err != nil {
			t.Fatal(err)
		}
		rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		other := func(method jwt.SigningMethod, key any, header map[string]any) string {
			token := jwt.NewWithClaims(method, s.claims(nil))
			maps.Copy(token.Header, header)
			text, err := token.SignedString(key)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		by := func(change jwt.MapClaims) string { return s.signed(t, s.key, change) }
		at := func(d time.Duration) int64 { return s.clock.Now().Add(d).Unix() }
		good := by(nil)
		parts := strings.Split(good, ".")
		admin := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(mustDecode(t, parts[1]), `"200"`, `"admin"`, 1)))
		tests := map[string]struct{ token, opens string }{
			"by extension":        {good, "ana@demo"},
			"by login":            {by(jwt.MapClaims{"sub": "Ana"}), "ana@demo"},
			"by id":               {by(jwt.MapClaims{"sub": s.ana}), "ana@demo"},
			"tenant's UUID":       {by(jwt.MapClaims{"iss": s.demo.UUID}), "ana@demo"},
			"UUID in capitals":    {by(jwt.MapClaims{"iss": strings.ToUpper(s.demo.UUID)}), "ana@demo"},
			"for Tandem":          {by(jwt.MapClaims{"aud": "tandem"}), "ana@demo"},
			"for Tandem and more": {by(jwt.MapClaims{"aud": []string{"crm", "tandem"}}), "ana@demo"},
			"ten minutes":         {by(jwt.MapClaims{"exp": at(10 * time.Minute)}), "ana@demo"},
			"just expired":        {by(jwt.MapClaims{"iat": at(-time.Minute), "exp": at(-9 * time.Second)}), "ana@demo"},
			"a clock ahead":       {by(jwt.MapClaims{"iat": at(9 * time.Second), "nbf": at(9 * time.Second)}), "ana@demo"},

			"forged":               {s.signed(t, "a guess", nil), "identity.unauthenticated"},
			"no key":               {s.signed(t, "", nil), "identity.unauthenticated"},
			"another's key":        {s.signed(t, s.otherKey, nil), "identity.unauthenticated"},
			"another's name":       {by(jwt.MapClaims{"iss": "other"}), "identity.unauthenticated"},
			"unknown name":         {by(jwt.MapClaims{"iss": "nobody"}), "identity.unauthenticated"},
			"no name":              {by(jwt.MapClaims{"iss": nil}), "identity.unauthenticated"},
			"a name that is none":  {by(jwt.MapClaims{"iss": "demo\x00' OR '1'='1"}), "identity.unauthenticated"},
			"changed":              {parts[0] + "." + admin + "." + parts[2], "identity.unauthenticated"},
			"cut":                  {parts[0] + "." + parts[1] + ".", "identity.unauthenticated"},
			"none":                 {other(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil), "token.algorithm"},
			"none, said otherwise": {other(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, map[string]any{"alg": "HS256"}), "identity.unauthenticated"},
			"RS256":                {other(jwt.SigningMethodRS256, rsaKey, nil), "token.algorithm"},
			"HS512":                {other(jwt.SigningMethodHS512, []byte(s.key), nil), "token.algorithm"},
			"algorithm unknown":    {other(jwt.SigningMethodHS256, []byte(s.key), map[string]any{"alg": "hs256"}), "token.algorithm"},
			"critical header":      {other(jwt.SigningMethodHS256, []byte(s.key), map[string]any{"crit": []string{"b64"}, "b64": false}), "token.unreadable"},
			"no JWT":               {"a.b.c", "token.unreadable"},
			"two parts":            {parts[0] + "." + parts[1], "token.unreadable"},

			"expired":          {by(jwt.MapClaims{"iat": at(-time.Minute), "exp": at(-10 * time.Second)}), "token.expired"},
			"for ever":         {by(jwt.MapClaims{"exp": nil}), "token.unreadable"},
			"since when":       {by(jwt.MapClaims{"iat": nil}), "token.unreadable"},
			"time as text":     {by(jwt.MapClaims{"exp": "2031-01-02 03:04:05"}), "token.unreadable"},
			"endless":          {by(jwt.MapClaims{"exp": 1e300}), "token.expired"},
			"too long":         {by(jwt.MapClaims{"exp": at(10*time.Minute + time.Second)}), "token.too_long"},
			"too long, old":    {by(jwt.MapClaims{"iat": at(-time.Hour)}), "token.too_long"},
			"of the future":    {by(jwt.MapClaims{"iat": at(11 * time.Second)}), "token.not_yet"},
			"not before":       {by(jwt.MapClaims{"nbf": at(11 * time.Second)}), "token.not_yet"},
			"for another":      {by(jwt.MapClaims{"aud": "crm"}), "token.audience"},
			"unknown agent":    {by(jwt.MapClaims{"sub": "nobody"}), "token.no_agent"},
			"no agent":         {by(jwt.MapClaims{"sub": nil}), "token.no_agent"},
			"an agent that is": {by(jwt.MapClaims{"sub": "2\x0000"}), "token.no_agent"},
			"another's agent":  {by(jwt.MapClaims{"sub": "stranger"}), "token.no_agent"},
			"another's id":     {by(jwt.MapClaims{"sub": s.stranger.ID}), "token.no_agent"},
			"an operator":      {by(jwt.MapClaims{"sub": "operator"}), "token.no_agent"},
			"deleted agent":    {by(jwt.MapClaims{"sub": "gone"}), "token.no_agent"},
			"either of two":    {by(jwt.MapClaims{"sub": "300"}), "token.no_agent"},
		}
		for name, test := range tests {
			if got := s.opens(t, test.token); got != test.opens {
				t.Errorf("%s: %s, want %s", name, got, test.opens)
			}
		}
		who, err := s.authenticate(t, ask.Credential{Token: good})
		if err != nil || who.Until != at(5*time.Minute)*1000 || !slices.Equal(who.Rights, identity.RightsOf("agent")) {
			t.Errorf("%+v, %v", who, err)
		}
		err = database.InTx(t.Context(), func(tx *sql.Tx) error { return s.tenants.Suspend(t.Context(), tx, s.demo.ID) })
		if err == nil {
			err = s.tenants.Changed(t.Context(), s.bus)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := s.opens(t, good); got != "tenant.suspended" {
			t.Errorf("of a suspended call centre: %s", got)
		}
	})
}

// A token is good for minutes, also that of an administrator: nothing that lasts
// longer can be made with it.
func TestTokenMakesNothingLasting(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		s := startSoftphones(t, database)
		who, err := s.authenticate(t, ask.Credential{Token: s.signed(t, s.key, jwt.MapClaims{"sub": "admin"})})
		if err != nil || who.ID != s.admin.ID {
			t.Fatalf("%+v, %v", who, err)
		}
		who.Tenant = s.admin.Tenant // as the gateway does, for a tenant's number does not travel
		for _, right := range identity.RightsOf("admin") {
			lasts := slices.Contains([]string{
				"agent.write", "role.write", "key.write", "key.reveal", "token.create", "connector.read", "connector.write", "integration.write",
			}, right)
			if who.Can(right) == lasts {
				t.Errorf("%s: %v", right, !lasts)
			}
		}
		for call, body := range map[string]string{
			"POST /api/v1/access-key":        "",
			"POST /api/v1/access-key/reveal": "",
			"PUT /api/v1/settings/oidc":      `{"enabled":true,"issuer":"https://accounts.example.com","clientId":"x"}`,
		} {
			s.refused(t, who, "user.right_not_held", call, body)
		}
	})
}

func mustDecode(t *testing.T, part string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever a token says, the key of one call centre lets in nobody of another.
func TestTokensStayInTheirTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		s := startSoftphones(t, database)
		s.do(t, s.stranger, 201, "POST /api/v1/agents", `{"login":"chi","extension":"200"}`)
		keys := map[string]string{"demo": s.key, "other": s.otherKey}
		names := []string{"demo", "other", s.demo.UUID, s.stranger.Tenant.UUID, "", "nobody", s.key}
		agents := []string{s.ana, "ana", "200", "chi", "admin", "stranger", s.stranger.ID, s.admin.ID, "", "operator"}
		let := 0
		rapid.Check(t, func(rt *rapid.T) {
			signer := rapid.SampledFrom([]string{"demo", "other"}).Draw(rt, "signer")
			token := s.signed(t, keys[signer], jwt.MapClaims{
				"iss": rapid.OneOf(rapid.SampledFrom(names), rapid.String()).Draw(rt, "iss"),
				"sub": rapid.OneOf(rapid.SampledFrom(agents), rapid.String()).Draw(rt, "sub"),
			})
			who, err := s.Authenticate(t.Context(), ask.Credential{Token: token})
			switch {
			case err == nil && who.Tenant.Slug != signer:
				rt.Fatalf("signed by %s, is %s of %s", signer, who.Login, who.Tenant.Slug)
			case err == nil:
				let++
			case problem.Of(err).Kind != problem.Unauthenticated:
				rt.Fatal(err)
			}
		})
		if let == 0 {
			t.Error("no token was good: this shows nothing")
		}
	})
}

// No bytes in the place of a token, or below a right signature, do more than
// be refused.
func FuzzToken(f *testing.F) {
	s := &softphones{people: &people{world: start(f, dbtest.Open(f, f.TempDir()+"/test.db"))}}
	if err := s.EnsureAccessKey(f.Context(), s.demo.ID, "key"); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"alg":"HS256"}`), []byte(`{"iss":"demo","sub":"200","iat":1767344400,"exp":1767344700}`))
	f.Add([]byte(`{"alg":"none","crit":[]}`), []byte(`{"iss":1,"sub":null,"aud":[{}],"iat":-1e300,"nbf":1e300,"exp":1e19}`))
	f.Fuzz(func(t *testing.T, header, claims []byte) {
		if len(header) == 0 {
			return // a credential without a token is another kind
		}
		text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
		mac := hmac.New(sha256.New, []byte("key"))
		mac.Write([]byte(text))
		for _, token := range []string{string(header), text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))} {
			_, err := s.Authenticate(context.WithoutCancel(t.Context()), ask.Credential{Token: token})
			if problem.Of(err).Kind != problem.Unauthenticated { // there is no agent
				t.Errorf("%q: %v", token, err)
			}
		}
	})
}
