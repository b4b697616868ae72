// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"tandem/internal/problem"
	"tandem/internal/service/thirdparty/reach"
)

// Why an endpoint is not enabled.
const (
	reasonByHand    = "by hand"
	reasonGone      = "gone"        // it answered 410
	reasonExhausted = "unreachable" // a delivery was given up and none had got through since its first attempt
)

// Endpoint is one address that events are delivered to. Times are Unix
// milliseconds.
type Endpoint struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Template   string          `json:"template"`
	Integrator string          `json:"integrator"`
	URL        string          `json:"url"`
	Events     []string        `json:"events"` // empty for those of the template
	Filter     string          `json:"filter"`
	Settings   json.RawMessage `json:"settings"`
	Enabled    bool            `json:"enabled"`
	Reason     string          `json:"reason"`
	DisabledAt int64           `json:"disabled_at"`
	CreatedAt  int64           `json:"created_at"`
	UpdatedAt  int64           `json:"updated_at"`
	Deleted    bool            `json:"deleted"`

	sealed       string // signs
	oldSealed    string // signs too, until oldUntil
	oldUntil     int64
	stopped      int64 // position up to which events were taken for it when it stopped
	since        int64 // position from which on events are taken for it
	failingSince int64
	lastError    string
}

const (
	secretPrefix = "whsec_"
	secretBytes  = 32 // Standard Webhooks wants 24 to 64
	rotationTime = 24 * time.Hour
)

// newSecret returns a secret that signs, as Standard Webhooks write it.
func newSecret() string {
	key := make([]byte, secretBytes)
	rand.Read(key) // never fails: crypto/rand ends the program instead
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// isSecret reports whether a secret of somebody else's can sign.
func isSecret(text string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, secretPrefix))
	return err == nil && strings.HasPrefix(text, secretPrefix) && len(key) >= 24 && len(key) <= 64
}

// check returns the problems of an endpoint of a template, and its new secret;
// nil leaves the secret as it is.
func (e *Endpoint) check(t *Template, integrator *Integrator, secret *string) error {
	var f faults
	f.text("name", e.Name, 1, nameMax)
	if err := reach.CheckURL(e.URL); err != nil {
		f.add("url", "%s", err.Error())
	}
	f.events(e.Events, 0)
	f.condition("filter", e.Filter)
	if secret != nil && *secret != "" && !isSecret(*secret) {
		f.add("secret", "must be whsec_ and 24 to 64 bytes in base64; leave it out and one is made")
	}
	if t == nil {
		f.add("template", "must be the _id of a template")
	} else {
		e.checkTemplate(t, &f)
	}
	switch {
	case e.Integrator == "":
	case integrator == nil:
		f.add("integrator", "must be the _id of an integrator")
	case !sameSite(e.URL, integrator.BaseURL):
		f.add("url", "%s", errSite.Error())
	}
	if len(f) > 0 {
		return problem.NewFields("integration_endpoint.invalid", "The endpoint cannot be so.", f...)
	}
	return nil
}

// checkTemplate looks at what the template wants.
func (e *Endpoint) checkTemplate(t *Template, f *faults) {
	settings, err := withDefaults(t.Schema, e.Settings)
	if err != nil {
		f.add("settings", "%s", err.Error())
		return
	}
	e.Settings = settings
	checkSettings(f, t.Schema, settings)
	e.checkAction(t, f)
	if t.Auth == authIntegrator && e.Integrator == "" {
		f.add("integrator", "must be the _id of an integrator: the template takes its credentials from there")
	}
}

// checkAction looks at the settings that only an action understands.
func (e *Endpoint) checkAction(t *Template, f *faults) {
	if t.action != actionCRM {
		return
	}
	var s crmSettings
	if json.Unmarshal(e.Settings, &s) != nil {
		return // the schema has said so
	}
	if !isPaths(s.IDPath) {
		f.add("settings.idPath", "must be names and places with dots between, such as items.0.id")
	}
	for name, path := range map[string]string{"searchPath": s.SearchPath, "createPath": s.CreatePath, "logPath": s.LogPath} {
		if _, err := reach.Join(e.URL, path); err != nil {
			f.add("settings."+name, "must be a path, not a whole address")
		}
	}
}

// purpose is what an endpoint's secrets are sealed for.
func (e *Endpoint) purpose(tenant int64) string {
	return "thirdparty.endpoint/" + strconv.FormatInt(tenant, 10) + "/" + e.ID
}
