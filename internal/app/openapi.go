// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"

	"tandem/internal/config"
	"tandem/internal/eventlog"
	"tandem/internal/gateway"
	"tandem/internal/httpapi"
	"tandem/internal/module"
)

//go:generate go run ./gen ../../docs/api/openapi.json

// idle returns the parts of the product on nothing: they touch nothing before
// they run.
func idle() (*httpapi.API, []module.Module) {
	logger := slog.New(slog.DiscardHandler)
	core := &Core{Logger: logger, Log: eventlog.New(nil, nil, logger)}
	api := httpapi.New("1", logger)
	return api, assemble(core, config.Serve{}).modules(api)
}

// Routes returns every route of the whole product, as it is outside --dev. Its
// handlers are not to be called.
func Routes() []module.Route {
	routes := gateway.OwnRoutes()
	_, modules := idle()
	for _, m := range modules {
		routes = append(routes, m.Routes...)
	}
	return routes
}

// OpenAPI returns the description of the whole API, indented for people.
func OpenAPI() ([]byte, error) {
	api, _ := idle()
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
