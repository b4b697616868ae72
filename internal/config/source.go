// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// defaultFile is read from the working directory when no other is named.
const defaultFile = "tandem.yaml"

// Options makes a kong parser read the settings of this package: a flag beats
// its TANDEM_* variable, which beats the settings file. Every wrong setting is
// reported with its place, all of them at once. The file is read only for a
// command that embeds Common.
func Options(getenv func(string) string) []kong.Option {
	s := &sources{getenv: getenv, places: map[string]string{}}
	return []kong.Option{
		kong.Resolvers(s),
		kong.Bind(s),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), durations),
		kong.ValueFormatter(help),
	}
}

// variable is the environment variable of a setting.
func variable(name string) string {
	return "TANDEM_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(name))
}

// isSetting tells settings from the other flags of a command: only settings
// have an example.
func isSetting(v *kong.Value) bool { return v.Tag.Has("example") }

// help adds to a setting's help what the parser alone does not know of it.
func help(v *kong.Value) string {
	text := v.Help
	if unset := v.Tag.Get("unset"); unset != "" {
		text += " Default: " + unset + "."
	}
	if isSetting(v) {
		text += " ($" + variable(v.Name) + ")"
	}
	return text
}

// sources finds settings beneath the flags and remembers where each came from.
type sources struct {
	getenv func(string) string
	loaded bool
	file   map[string]entry
	places map[string]string // setting → "tandem.yaml:7" or "TANDEM_LISTEN"
	wrong  []error
}

// Validate satisfies kong.Resolver. There is nothing to see before a command is chosen.
func (s *sources) Validate(*kong.Application) error { return nil }

// Resolve gives kong the text of a setting that no flag has set. A wrong one is
// kept for report, which names them all.
func (s *sources) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !isSetting(flag.Value) {
		return nil, nil //nolint:nilnil // what kong expects of a resolver that knows nothing
	}
	s.load(ctx)
	text, place := s.getenv(variable(flag.Name)), variable(flag.Name)
	if text == "" {
		found, ok := s.file[flag.Name]
		if !ok {
			return nil, nil //nolint:nilnil // as above
		}
		text, place = found.text, found.place
	}
	if err := decode(flag, text); err != nil {
		s.wrong = append(s.wrong, fmt.Errorf("%s: %s: %w; write for example %s", place, flag.Name, err, flag.Tag.Get("example")))
		return nil, nil //nolint:nilnil // as above
	}
	s.places[flag.Name] = place
	return text, nil
}

// decode tries what kong is about to do, because kong's own error names neither
// file nor line, and shows secrets.
func decode(flag *kong.Flag, text string) error {
	scan := kong.Scan().PushTyped(text, kong.FlagValueToken)
	scratch := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, scratch); err != nil {
		return err
	}
	if flag.Enum != "" && !slices.Contains(flag.EnumSlice(), text) {
		allowed := slices.DeleteFunc(flag.EnumSlice(), func(s string) bool { return s == "" })
		return fmt.Errorf("%q is not one of %s", text, strings.Join(allowed, ", "))
	}
	return nil
}

// load reads the settings file once.
func (s *sources) load(ctx *kong.Context) {
	if s.loaded {
		return
	}
	s.loaded = true
	path := s.getenv(variable("config"))
	for _, flag := range ctx.Flags() {
		if flag.Name == "config" {
			if named, _ := ctx.FlagValue(flag).(string); named != "" {
				path = named
			}
		}
	}
	var errs []error
	s.file, errs = readFile(path)
	s.wrong = append(s.wrong, errs...)
}

// place says where a setting came from, for a message about it.
func (s *sources) place(name string) string {
	if place, ok := s.places[name]; ok {
		return place + ": " + name
	}
	return "--" + name
}

// check notes that a setting is wrong unless ok.
func (s *sources) check(ok bool, name, format string, args ...any) {
	if !ok {
		s.wrong = append(s.wrong, fmt.Errorf("%s %s", s.place(name), fmt.Sprintf(format, args...)))
	}
}

// report returns everything that is wrong, once.
func (s *sources) report() error {
	err := errors.Join(s.wrong...)
	s.wrong = nil
	return err
}
