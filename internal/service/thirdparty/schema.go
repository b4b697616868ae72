// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"tandem/internal/service/thirdparty/formula"
)

const (
	schemaBytesMax   = 16 << 10
	settingsBytesMax = 16 << 10
	// schemaName is where a schema stands. A name without a scheme would be looked
	// for in the working directory, which may be gone.
	schemaName = "schema:settings"
)

// noLoader keeps schemas from naming files and addresses.
type noLoader struct{}

// Load implements [jsonschema.URLLoader].
func (noLoader) Load(string) (any, error) {
	return nil, errors.New("must not refer to other documents")
}

// compileSchema makes a JSON Schema ready. Its errors are for the person who
// wrote it.
func compileSchema(text json.RawMessage) (*jsonschema.Schema, error) {
	if len(text) > schemaBytesMax {
		return nil, fmt.Errorf("must be at most %d bytes long", schemaBytesMax)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, errors.New("must be a JSON Schema")
	}
	object, ok := document.(map[string]any)
	if !ok || object["type"] != "object" {
		return nil, errors.New(`must be a JSON Schema of "type":"object"`)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(schemaName, document); err != nil {
		return nil, errors.New("must be a JSON Schema")
	}
	schema, err := compiler.Compile(schemaName)
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return nil, fmt.Errorf("cannot be used: %.200s", line)
	}
	return schema, nil
}

// withDefaults returns settings with what was left out as the schema has it.
func withDefaults(schema, settings json.RawMessage) (json.RawMessage, error) {
	var described struct {
		Properties map[string]struct {
			Default json.RawMessage `json:"default"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(schema, &described); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	members := map[string]json.RawMessage{}
	if len(settings) > 0 {
		if err := json.Unmarshal(settings, &members); err != nil {
			return nil, errors.New("must be an object")
		}
	}
	for name, property := range described.Properties {
		if _, set := members[name]; !set && len(property.Default) > 0 {
			members[name] = property.Default
		}
	}
	return json.Marshal(members)
}

// checkSettings adds to f what is wrong with settings by the schema of their
// template.
func checkSettings(f *faults, schemaText, settings json.RawMessage) {
	if len(settings) > settingsBytesMax {
		f.add("settings", "must be at most %d bytes long", settingsBytesMax)
		return
	}
	schema, err := compileSchema(schemaText)
	if err != nil {
		f.add("template", "has a schema that cannot be used")
		return
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(settings))
	if err != nil || bytes.Contains(settings, []byte(`\u0000`)) {
		f.add("settings", "must be an object")
		return
	}
	if err := schema.Validate(document); err != nil {
		var invalid *jsonschema.ValidationError
		if !errors.As(err, &invalid) {
			f.add("settings", "cannot be checked")
			return
		}
		addLeaves(f, invalid, message.NewPrinter(language.English))
	}
	if err := formula.CheckFillJSON(document); err != nil {
		f.add("settings", "%s", err.Error())
	}
}

// addLeaves names the places at fault, not the rules that led there.
func addLeaves(f *faults, invalid *jsonschema.ValidationError, printer *message.Printer) {
	for _, cause := range invalid.Causes {
		addLeaves(f, cause, printer)
	}
	if len(invalid.Causes) == 0 {
		name := strings.Join(append([]string{"settings"}, invalid.InstanceLocation...), ".")
		f.add(name, "%.200s", invalid.ErrorKind.LocalizedString(printer))
	}
}
