// SPDX-License-Identifier: Apache-2.0

// Package api holds the descriptions of Tandem's interfaces that are written
// by hand, so that the program can serve what the repository shows.
package api

import _ "embed" // the description

// AsyncAPI describes the live view, as AsyncAPI 3.0 in JSON. A test of the
// live view holds every frame that is sent against it.
//
//go:embed asyncapi.json
var AsyncAPI []byte
