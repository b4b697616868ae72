// SPDX-License-Identifier: Apache-2.0

// Package web carries the built console inside the program.
//
// The console is written in TypeScript and lies in this folder; `npm run build` puts it into dist, which is not committed.
// A placeholder keeps the folder in the repository, so the program compiles before the console is built and says so with [Built].
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var files embed.FS

// Files gives the built console: index.html, docs.html and what they load, with the paths a browser asks for.
func Files() fs.FS {
	dist, err := fs.Sub(files, "dist")
	if err != nil {
		panic(err) // cannot happen: the name is valid and embedded
	}
	return dist
}

// Built tells whether the console was there when the program was compiled.
func Built() bool {
	_, err := fs.Stat(Files(), "index.html")
	return err == nil
}
