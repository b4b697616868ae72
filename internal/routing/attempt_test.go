// SPDX-License-Identifier: Apache-2.0

package routing

import (
	"errors"
	"net/http"
	"testing"

	"code.dny.dev/ssrf"
)

// No command goes where clouds hand out credentials: an answer that says no is
// shown to whoever entered the address.
func TestNoCommandToMetadata(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://169.254.0.9:9/", "http://[::ffff:169.254.0.9]:9/", "http://[fd00:ec2::254]:9/"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := newClient(1).Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		if !errors.Is(err, ssrf.ErrProhibitedIP) && !errors.Is(err, ssrf.ErrProhibitedNetwork) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
