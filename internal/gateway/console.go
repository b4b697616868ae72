// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// pages are the first segments of the console's own addresses, beside "/"; the
// console reads the rest of the path itself.
var pages = []string{
	"login", "setup", "invitation", "reset", "calls", "contacts", "missed-calls", "reminders", "agents", "people", "sip", "keys", "audit",
	"connect", "integrations", "routing", "inbox", "call-button", "settings", "tenants", "ui",
}

// policy lets the console load and reach nothing but this server. Styles set by
// scripts need 'unsafe-inline'; scripts do not.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"

// console serves the built web application.
type console struct {
	files map[string]file // by path, without the slash in front
}

type file struct {
	content []byte
	tag     string // quoted, for If-None-Match
}

// newConsole reads files, which may be nil.
func newConsole(files fs.FS) (*console, error) {
	c := &console{files: map[string]file{}}
	if files == nil {
		return c, nil
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		content, err := fs.ReadFile(files, name)
		sum := sha256.Sum256(content)
		c.files[name] = file{content, `"` + hex.EncodeToString(sum[:8]) + `"`}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read console: %w", err)
	}
	return c, nil
}

// serve answers a request for a page or a file of the console, and reports
// whether it is one.
func (c *console) serve(w http.ResponseWriter, r *http.Request) bool {
	name := strings.TrimPrefix(r.URL.Path, "/")
	isPage := name == "" || slices.Contains(pages, firstSegment(r.URL.Path))
	if _, isFile := c.files[name]; !isPage && (!isFile || strings.HasSuffix(name, ".html")) {
		return false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		methodNotAllowed(w, "GET, HEAD")
		return true
	}
	if isPage {
		name = "index.html"
	}
	c.send(w, r, name)
	return true
}

// docs serves the readable description of the API.
func (c *console) docs(w http.ResponseWriter, r *http.Request) { c.send(w, r, "docs.html") }

func (c *console) send(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-cache")
	found, ok := c.files[name]
	if !ok {
		name, found = "index.html", file{content: []byte(notBuilt)}
	}
	if strings.HasPrefix(name, "assets/") {
		header.Set("Cache-Control", "public, max-age=31536000, immutable") // the name changes with the content
	}
	if found.tag != "" {
		header.Set("Etag", found.tag)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(found.content))
}

// notBuilt is the page of a program that was compiled without the console.
const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tandem</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}code{background:#8882;padding:0 .3em}</style>
<h1>Tandem is running</h1>
<p>This program was compiled without its console. Run <code>make build</code>, which needs Node, and start it again.</p>
<p>Everything else works: the API is described in <a href="/api/openapi.json">/api/openapi.json</a>.</p>
</html>
`
