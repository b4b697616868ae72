// SPDX-License-Identifier: Apache-2.0

package config

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Setting describes one setting to a reader.
type Setting struct {
	Name     string // "routing.deadline", as after -- and in the file
	Variable string // "TANDEM_ROUTING_DEADLINE"
	Help     string
	Default  string // in words when it depends on other settings
	Example  string
	Values   []string // the only values allowed; nil if there is no list
}

// Settings returns every setting there is, in the order of the structs, those
// that belong to a section last.
func Settings() []Setting {
	var list []Setting
	for _, group := range model().AllFlags(false) {
		for _, flag := range group {
			if isSetting(flag.Value) {
				list = append(list, describe(flag))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Setting) int {
		return strings.Count(a.Name, ".") - strings.Count(b.Name, ".")
	})
	return list
}

func describe(flag *kong.Flag) Setting {
	setting := Setting{
		Name:     flag.Name,
		Variable: variable(flag.Name),
		Help:     flag.Help,
		Default:  flag.Default,
		Example:  flag.Tag.Get("example"),
	}
	if unset := flag.Tag.Get("unset"); unset != "" {
		setting.Default = unset
	}
	if flag.IsBool() {
		setting.Default = "false"
		setting.Values = []string{"true", "false"}
	}
	if flag.Enum != "" {
		for _, value := range flag.EnumSlice() {
			if value != "" {
				setting.Values = append(setting.Values, value)
			}
		}
	}
	return setting
}

func names() []string {
	var list []string
	for _, setting := range Settings() {
		list = append(list, setting.Name)
	}
	return list
}

// model reads the structs of this package as kong does. It can only fail when
// their tags are wrong, which is ours to mend.
func model() *kong.Application {
	parser, err := kong.New(&Serve{}, kong.Bind(&sources{}), kong.TypeMapper(reflect.TypeFor[time.Duration](), durations))
	if err != nil {
		panic(err)
	}
	return parser.Model
}
