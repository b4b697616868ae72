// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"

	"tandem/internal/config"
	"tandem/internal/eventlog"
	"tandem/internal/httpapi"
)

//go:generate go run ./gen ../../docs/api/openapi.json

// OpenAPI returns the description of the whole API, indented for people. It
// opens nothing: parts touch nothing before they run.
func OpenAPI() ([]byte, error) {
	logger := slog.New(slog.DiscardHandler)
	core := &Core{Logger: logger, Log: eventlog.New(nil, nil, logger)}
	api := httpapi.New("1", logger)
	assemble(core, config.Serve{}).modules(api)
	text, err := api.OpenAPI()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, fmt.Errorf("indent OpenAPI: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
