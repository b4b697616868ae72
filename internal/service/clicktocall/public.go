// SPDX-License-Identifier: Apache-2.0

package clicktocall

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/tenant"
)

const (
	scriptEnding  = ".js"
	previewSlug   = "preview" // no call centre is called so
	askedBytesMax = 4 << 10
)

// element is the custom element that pages show. It has no dependencies.
//
//go:embed element.js
var element []byte

// publicRoutes are those that other people's pages use.
func (c *ClickToCall) publicRoutes(api *httpapi.API) []module.Route {
	c.describe(api)
	open := func(method, pattern string, handle func(http.ResponseWriter, *http.Request) error) module.Route {
		return module.Route{Method: method, Pattern: pattern, Right: module.Public, AnyOrigin: true, Handler: http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				if err := handle(w, r); err != nil {
					httpapi.WriteProblem(w, err)
				}
			})}
	}
	return []module.Route{
		open(http.MethodGet, "/click-to-call/{script}", c.serveScript),
		open(http.MethodPost, "/click-to-call/{tenant}/tokens", c.serveToken),
		open(http.MethodOptions, "/click-to-call/{tenant}/tokens", c.servePreflight),
		open(http.MethodPost, "/click-to-call/{tenant}/requests", c.serveRequest),
		open(http.MethodOptions, "/click-to-call/{tenant}/requests", c.servePreflight),
	}
}

// shownButton is what a page is told of a button: nothing about who takes the
// calls.
type shownButton struct {
	Tenant    string `json:"tenant"`
	Header    string `json:"header"`
	Content   string `json:"content"`
	Color     string `json:"color"`
	Position  string `json:"position"`
	Delay     int64  `json:"delay"` // milliseconds
	Activated bool   `json:"activated"`
	Open      bool   `json:"open"` // somebody takes calls now
	Consent   string `json:"consent"`
}

// serveScript answers with the element and what this call centre's button looks
// like. A call centre without a button gets a script that does nothing, so that
// nobody's page breaks when it is switched off.
func (c *ClickToCall) serveScript(w http.ResponseWriter, r *http.Request) error {
	slug, ok := strings.CutSuffix(r.PathValue("script"), scriptEnding)
	if !ok {
		return problem.New(problem.NotFound, "click_to_call.not_found", "There is no such script.")
	}
	if slug == previewSlug {
		return servePreview(w, r)
	}
	t, err := c.tenants.FindBySlug(r.Context(), slug)
	if err != nil {
		return err
	}
	said := shownButton{Tenant: slug}
	b, err := c.shown(r.Context(), t)
	switch {
	case c.tenants.Suspended(r.Context(), t.ID) != nil: // as if it was switched off
	case err == nil:
		said = shownButton{
			Tenant: slug, Header: b.Header, Content: b.Content, Color: b.Color, Position: b.Position, Delay: b.DelayMS,
			Activated: true, Open: b.open(c.now(), t.TimeZone), Consent: b.Consent,
		}
	case problem.Of(err).Kind != problem.NotFound:
		return err
	}
	w.Header().Set("Cache-Control", "public, max-age=60")
	return writeScript(w, said)
}

// servePreview answers with the script of a button that is still being
// designed: what it looks like comes with the question. It calls nobody, for
// there is no call centre of that name.
func servePreview(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	delay, _ := strconv.ParseFloat(q.Get("delay"), 64) // nothing readable is no delay
	b := Button{
		Header: q.Get("header"), Content: q.Get("content"), Color: q.Get("color"), Position: q.Get("position"),
		DelayMS: int64(delay * 1000), Consent: q.Get("consent"),
	}
	if err := b.check(identity.Tenant{Region: "VN"}); err != nil {
		return err
	}
	return writeScript(w, shownButton{
		Tenant: previewSlug, Header: b.Header, Content: b.Content, Color: b.Color, Position: b.Position, Delay: b.DelayMS,
		Activated: true, Open: q.Get("open") != "false", Consent: b.Consent,
	})
}

func writeScript(w http.ResponseWriter, said shownButton) error {
	settings, err := json.Marshal(said) // which leaves nothing in it that could end a script
	if err != nil {
		return fmt.Errorf("encode call button: %w", err)
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = w.Write(bytes.Replace(element, []byte(`"SETTINGS"`), settings, 1)) // a page that has gone needs no script
	return nil
}

// admit returns the call centre that a page asks, and the page's origin; Denied
// when the call centre has not named it.
func (c *ClickToCall) admit(w http.ResponseWriter, r *http.Request) (t tenant.Tenant, origin string, err error) {
	w.Header().Add("Vary", "Origin")
	t, err = c.tenants.FindBySlug(r.Context(), r.PathValue("tenant"))
	if err != nil {
		return t, "", err
	}
	if err := c.tenants.Suspended(r.Context(), t.ID); err != nil {
		return t, "", err
	}
	b, err := c.shown(r.Context(), t)
	if err != nil {
		return t, "", err
	}
	origin = strings.ToLower(r.Header.Get("Origin"))
	if !slices.Contains(b.Origins, origin) && !isOwn(r, origin) {
		return t, "", problem.New(problem.Denied, "click_to_call.other_origin",
			"This web site is not among those that may show the call button.")
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	return t, origin, nil
}

// isOwn reports whether origin is Tandem's own: the preview of the designer.
func isOwn(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

func (c *ClickToCall) servePreflight(w http.ResponseWriter, r *http.Request) error {
	if _, _, err := c.admit(w, r); err != nil {
		return err
	}
	w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
	w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *ClickToCall) serveToken(w http.ResponseWriter, r *http.Request) error {
	t, origin, err := c.admit(w, r)
	if err != nil {
		return err
	}
	httpapi.WriteJSON(w, http.StatusCreated, map[string]string{"token": newToken(t, origin, c.now())})
	return nil
}

// askedBody is what the element sends.
type askedBody struct {
	Token    string `json:"token"`
	Number   string `json:"number"`
	Page     string `json:"page"`
	Language string `json:"language"`
	Consent  bool   `json:"consent"`
}

func (c *ClickToCall) serveRequest(w http.ResponseWriter, r *http.Request) error {
	t, origin, err := c.admit(w, r)
	if err != nil {
		return err
	}
	var body askedBody
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, askedBytesMax))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return problem.New(problem.TooLarge, "request.too_large", "The request is too large.")
		}
		return problem.New(problem.Malformed, "request.malformed", "The body is not the JSON that is wanted: token, number, page, language and consent.")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return problem.New(problem.Malformed, "request.malformed", "There is more than one JSON value in the body.")
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	made, err := c.request(r.Context(), t, asked{
		token: body.Token, number: body.Number, origin: origin, page: body.Page, language: languageOf(body.Language),
		address: address, agreed: body.Consent,
	})
	if err != nil {
		return err
	}
	httpapi.WriteJSON(w, http.StatusAccepted, map[string]string{"id": made.ID})
	return nil
}

// languageOf returns one of the languages the element speaks.
func languageOf(text string) string {
	if slices.Contains([]string{"en", "vi", "pt"}, text) {
		return text
	}
	return "en"
}

// describe adds the public routes to the description.
func (c *ClickToCall) describe(api *httpapi.API) {
	param := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Required: true, Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	answer := func(doc string) map[string]*huma.Response {
		return map[string]*huma.Response{"default": {Description: doc}}
	}
	api.Describe(&huma.Operation{
		Method: http.MethodGet, Path: "/click-to-call/{script}", Summary: "Load the script that shows a call button", Tags: []string{"click-to-call"},
		Description: "For `<script src>`. Open to everyone; a call centre without a button gets a script that shows nothing.",
		Parameters:  []*huma.Param{param("script", "Slug of the call centre and `.js`")}, Responses: answer("The script"),
	})
	api.Describe(&huma.Operation{
		Method: http.MethodPost, Path: "/click-to-call/{tenant}/tokens", Summary: "Get a token for one request to be called", Tags: []string{"click-to-call"},
		Description: "Open to pages of the origins that the button names.",
		Parameters:  []*huma.Param{param("tenant", "Slug of the call centre")}, Responses: answer("201 with `token`, or a problem"),
	})
	api.Describe(&huma.Operation{
		Method: http.MethodPost, Path: "/click-to-call/{tenant}/requests", Summary: "Ask to be called", Tags: []string{"click-to-call"},
		Description: "JSON with `token`, `number`, `page`, `language` and `consent`. Open to pages of the origins that the button names; 10 an hour for an address, 3 for a number.",
		Parameters:  []*huma.Param{param("tenant", "Slug of the call centre")}, Responses: answer("202 with `id`, or a problem"),
	})
}
