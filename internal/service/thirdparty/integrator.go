// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tandem/internal/problem"
	"tandem/internal/service/thirdparty/formula"
	"tandem/internal/service/thirdparty/reach"
)

// How an integrator's credential goes along.
const (
	credentialNone   = "none"
	credentialBasic  = "basic"
	credentialBearer = "bearer"
	credentialHeader = "header"
)

// Integrator is a system that gets data or gives it. Times are Unix
// milliseconds.
type Integrator struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	BaseURL     string  `json:"base_url"`
	Auth        string  `json:"auth"`
	Login       string  `json:"login"`
	Header      string  `json:"header"`
	Lookup      *Lookup `json:"lookup"`
	CreatedAt   int64   `json:"created_at"`
	UpdatedAt   int64   `json:"updated_at"`
	Deleted     bool    `json:"deleted"`

	sealed string // the credential
}

// Lookup says how a system is asked whose number it is. The paths lead through
// the JSON of the answer; of several, separated by commas, the first that is
// there counts.
type Lookup struct {
	Path     string `json:"path" maxLength:"1000" doc:"GET, below the base address; {number.e164}, {number.digits}, {number.national} and {number.raw} are filled" example:"/contacts?phone={number.e164}"`
	IDPath   string `json:"idPath" maxLength:"200" doc:"Where the contact's id is in the answer" example:"items.0.id"`
	NamePath string `json:"namePath" maxLength:"200" doc:"Where its name is" example:"items.0.name"`
	Page     string `json:"page,omitempty" maxLength:"1000" doc:"Address of the contact's page, for people; {contact.id} is filled" example:"https://crm.example/contacts/{contact.id}"`
}

const (
	secretMax = 4000
	loginMax  = 256
)

var (
	headerForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)
	// taken are headers that requests set themselves.
	taken    = []string{"host", "content-length", "content-type", "connection", "transfer-encoding", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature"}
	pathForm = regexp.MustCompile(`^[\w-]+(\.[\w-]+)*$`)
)

// check returns the problems of an integrator and its new credential; nil
// leaves the credential as it is.
func (i *Integrator) check(credential *string) error {
	var f faults
	f.text("name", i.Name, 1, nameMax)
	f.text("description", i.Description, 0, descriptionMax)
	if err := reach.CheckURL(i.BaseURL); err != nil {
		f.add("baseUrl", "%s", err.Error())
	} else if strings.ContainsAny(i.BaseURL, "?") {
		f.add("baseUrl", "must not have a query")
	}
	if !slices.Contains([]string{credentialNone, credentialBasic, credentialBearer, credentialHeader}, i.Auth) {
		f.add("auth", "must be none, basic, bearer or header")
	}
	f.text("login", i.Login, 0, loginMax)
	if i.Auth == credentialBasic && (i.Login == "" || strings.Contains(i.Login, ":")) {
		f.add("login", "must be the user's name, without a colon")
	}
	if i.Auth == credentialHeader && (!headerForm.MatchString(i.Header) || slices.Contains(taken, strings.ToLower(i.Header))) {
		f.add("header", "must be the name of a header that is free, such as X-API-Key")
	}
	if credential != nil && (len(*credential) > secretMax || strings.ContainsFunc(*credential, func(r rune) bool { return r < ' ' || r == 0x7f })) {
		f.add("secret", "must have at most %d characters, none of them a line break", secretMax)
	}
	if i.Auth != credentialNone && (credential != nil && *credential == "" || credential == nil && i.sealed == "") {
		f.add("secret", "must be given")
	}
	if i.Lookup != nil {
		i.Lookup.check(&f)
	}
	if len(f) > 0 {
		return problem.NewFields("integrator.invalid", "The integrator cannot be so.", f...)
	}
	return nil
}

func (l *Lookup) check(f *faults) {
	if l.Path == "" {
		f.add("lookup.path", "must not be empty")
	}
	for name, text := range map[string]string{"lookup.path": l.Path, "lookup.page": l.Page} {
		if err := formula.CheckFill(text); err != nil {
			f.add(name, "%s", err.Error())
		}
	}
	if _, err := reach.Join("https://host.example", l.Path); err != nil {
		f.add("lookup.path", "must be a path, not a whole address")
	}
	for name, paths := range map[string]string{"lookup.idPath": l.IDPath, "lookup.namePath": l.NamePath} {
		if !isPaths(paths) {
			f.add(name, "must be names and places with dots between, such as items.0.id")
		}
	}
	if l.Page != "" && checkPage(l.Page) != nil {
		f.add("lookup.page", "must begin with http:// or https://")
	}
}

// isPaths reports whether text is one or several paths into JSON.
func isPaths(text string) bool {
	for path := range strings.SplitSeq(text, ",") {
		if !pathForm.MatchString(strings.TrimSpace(path)) {
			return false
		}
	}
	return true
}

// pick returns the text behind the first of several paths that leads to
// something.
func pick(value any, paths string) string {
	for path := range strings.SplitSeq(paths, ",") {
		switch found := formula.Walk(value, strings.Split(strings.TrimSpace(path), ".")).(type) {
		case nil, map[string]any, []any:
		default:
			if text := formula.Text(found); text != "" {
				return text
			}
		}
	}
	return ""
}

// credentials returns the headers that an integrator's secret is sent in.
func (i *Integrator) credentials(plain string) http.Header {
	switch i.Auth {
	case credentialBasic:
		return http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(i.Login+":"+plain))}}
	case credentialBearer:
		return http.Header{"Authorization": {"Bearer " + plain}}
	case credentialHeader:
		return http.Header{http.CanonicalHeaderKey(i.Header): {plain}}
	default:
		return http.Header{}
	}
}

// purpose is what an integrator's credential is sealed for.
func (i *Integrator) purpose(tenant int64) string {
	return "thirdparty.integrator/" + strconv.FormatInt(tenant, 10) + "/" + i.ID
}
