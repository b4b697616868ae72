// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"net/http"
	"strings"

	"tandem/internal/ask"
)

const (
	cookieSession = "tandem_session"
	headerAPIKey  = "X-API-Key"

	credentialBytesMax = 2048 // of any part; nobody's is longer
)

// kind is the way in which a request shows who it is from.
type kind int

const (
	kindNone kind = iota
	kindBasic
	kindAPIKey
	kindSession
	kindToken
	kindUnreadable // there is an Authorization header, of no kind we know
)

// credential is what a request showed.
type credential struct {
	kind kind
	ask.Credential
}

// credentialOf returns what r shows. What the caller wrote on purpose counts
// before the cookie, which comes along by itself.
func credentialOf(r *http.Request) credential {
	if header := r.Header.Get("Authorization"); header != "" {
		return authorization(r, header)
	}
	if key := r.Header.Get(headerAPIKey); key != "" {
		return checked(credential{kindAPIKey, ask.Credential{APIKey: key}})
	}
	if cookie, err := r.Cookie(cookieSession); err == nil && cookie.Value != "" {
		return checked(credential{kindSession, ask.Credential{Session: cookie.Value}})
	}
	return credential{}
}

func authorization(r *http.Request, header string) credential {
	if login, password, ok := r.BasicAuth(); ok && login != "" {
		return checked(credential{kindBasic, ask.Credential{Login: login, Password: password}})
	}
	scheme, token, _ := strings.Cut(header, " ")
	if token = strings.TrimSpace(token); strings.EqualFold(scheme, "Bearer") && token != "" {
		if isJWT(token) {
			return checked(credential{kindToken, ask.Credential{Token: token}})
		}
		return checked(credential{kindAPIKey, ask.Credential{APIKey: token}})
	}
	return credential{kind: kindUnreadable}
}

// isJWT tells a softphone's token from an API key, in which there is no dot.
func isJWT(token string) bool { return strings.Count(token, ".") == 2 }

func checked(c credential) credential {
	if max(len(c.Login), len(c.Password), len(c.APIKey), len(c.Session), len(c.Token)) > credentialBytesMax {
		return credential{kind: kindUnreadable}
	}
	return c
}
