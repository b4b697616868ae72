// SPDX-License-Identifier: Apache-2.0

// Command gen writes the OpenAPI description of Tandem to the file it is given.
package main

import (
	"log"
	"os"

	"tandem/internal/app"
)

func main() {
	text, err := app.OpenAPI()
	if err == nil {
		err = os.WriteFile(os.Args[1], text, 0o644) //nolint:gosec // documentation, for everyone
	}
	if err != nil {
		log.Fatal(err)
	}
}
