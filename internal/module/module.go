// SPDX-License-Identifier: Apache-2.0

// Package module says what a part of the product is: a name, tables, routes
// and a loop, or some of these. A module is data, so that tests can walk every
// route there is and one process can run any set of modules.
package module

import (
	"context"
	"io/fs"
	"net/http"
)

// Public is the right of a route that the gateway lets anyone reach: health,
// sign-in, and webhooks, which check their connector's credential themselves.
const Public = "public"

// Route is one thing that can be asked over HTTP.
type Route struct {
	Method  string // "" for any
	Pattern string // as http.ServeMux reads it, without the method
	Right   string // what the caller must be allowed; Public, or one of identity's rights
	Own     bool   // also for who has the right to their own data only; the handler keeps to it
	Wire    bool   // a wire-compatible endpoint: open to the demo tenant in --dev
	// AnyOrigin marks a public route that pages of other sites may ask; the
	// handler says which.
	AnyOrigin bool
	Stream    bool // stays open (WebSocket, SSE): no deadline on the answer
	Brief     bool // the handler sets a deadline itself, before the gateway's
	Handler   http.Handler
}

// Column is a column of a table that holds secrets.
type Column struct {
	Table, Column string

	// Keys and Purpose are for what is sealed with the installation's key:
	// which columns name a row, and for what purpose it was sealed, with the
	// row's own columns in braces: ingest_connectors/{tenant}/password.
	// Without them the column holds a hash, or a token.
	Keys    []string
	Purpose string
}

// Module is one part of the product.
type Module struct {
	Name   string
	Tables fs.FS                           // migrations/*.sql of the tables it owns
	Secret []Column                        // those of them that hold secrets; each is named here, a test sees to it
	Routes []Route                         // none if it serves no HTTP
	Run    func(ctx context.Context) error // nil if it has no background work; returns when ctx ends
}
