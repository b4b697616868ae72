// SPDX-License-Identifier: Apache-2.0

package clicktocall

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tandem/internal/problem"
	"tandem/internal/tenant"
)

const (
	tokenTime  = 15 * time.Minute // from the opening of the form to the sending of the number
	nonceBytes = 12
)

// newToken returns a token that lets a page of origin send one request. It
// needs no row: what it says is signed, and the row of the request that uses it
// makes it a used one.
func newToken(t tenant.Tenant, origin string, now time.Time) string {
	nonce := make([]byte, nonceBytes)
	rand.Read(nonce) // never fails: crypto/rand ends the program instead
	said := base64.RawURLEncoding.EncodeToString(nonce) + "." + strconv.FormatInt(now.Add(tokenTime).Unix(), 36)
	return said + "." + signature(t, said, origin)
}

// checkToken returns what marks a token as used; Denied when it is not one that
// this tenant gave to a page of origin, or no longer good.
func checkToken(t tenant.Tenant, token, origin string, now time.Time) (nonce string, err error) {
	wrong := problem.New(problem.Denied, "click_to_call.bad_token", "This request has no valid token; open the form again.")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", wrong
	}
	if !hmac.Equal([]byte(parts[2]), []byte(signature(t, parts[0]+"."+parts[1], origin))) {
		return "", wrong
	}
	until, err := strconv.ParseInt(parts[1], 36, 64)
	if err != nil || now.Unix() > until {
		return "", wrong
	}
	return parts[0], nil
}

func signature(t tenant.Tenant, said, origin string) string {
	return hex.EncodeToString(keyed(t, "click-to-call/token", said+"\n"+origin))
}

// ipv6Network is how much of an IPv6 address tells visitors apart: whoever has
// one address has the whole network, and could ask from each.
const ipv6Network = 64

// visitorOf returns what stands for a client's address: enough to count its
// requests by, and nothing that tells the address.
func visitorOf(t tenant.Tenant, address string) string {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Unmap().Is6() {
		if network, err := ip.WithZone("").Prefix(ipv6Network); err == nil {
			address = network.String()
		}
	}
	return hex.EncodeToString(keyed(t, "click-to-call/visitor", address)[:16])
}

func keyed(t tenant.Tenant, purpose, text string) []byte {
	mac := hmac.New(sha256.New, t.KeySecret)
	mac.Write([]byte(purpose + "\n" + text))
	return mac.Sum(nil)
}
