// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"tandem/internal/config"
)

// program is a command line of the shape cmd/tandem has: settings shared by
// commands, and a flag of another command that has a setting's name.
type program struct {
	Serve struct{ config.Serve } `cmd:""`
	Other struct {
		Listen string `name:"listen"`
	} `cmd:""`
	Doctor struct{ config.Common } `cmd:""`
}

func parse(t *testing.T, variables map[string]string, args ...string) (program, error) {
	t.Helper()
	var p program
	getenv := func(name string) string { return variables[name] }
	options := append(config.Options(getenv), kong.Exit(func(int) { t.Fatal("the parser wanted to exit") }))
	parser, err := kong.New(&p, options...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args)
	return p, err
}

// inFolder makes a new folder the working directory, with text as the settings file.
func inFolder(t *testing.T, text string) string {
	t.Helper()
	folder := t.TempDir()
	t.Chdir(folder)
	if text != "" {
		write(t, filepath.Join(folder, "tandem.yaml"), text)
	}
	return folder
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What nobody set has the documented value, and --dev changes only what it says it changes.
func TestDefaults(t *testing.T) {
	inFolder(t, "")
	got, err := parse(t, nil, "serve")
	if err != nil {
		t.Fatal(err)
	}
	want := config.Serve{
		Common:     config.Common{Data: "data", Log: config.Log{Level: "info", Format: "json", Numbers: "mask"}},
		Listen:     ":8080",
		MockPBX:    "off",
		Calls:      "off",
		SessionTTL: 12 * time.Hour,
		Ingest:     config.Ingest{BodyMax: 1 << 20, InboxMaxRows: 100_000, InboxMaxSize: 256 << 20, InboxMaxAge: 720 * time.Hour},
		Routing:    config.Routing{Deadline: 10 * time.Second, AttemptTimeout: 2 * time.Second, Workers: 32},
		Feed:       config.Feed{MaxClients: 10_000, Coalesce: 50 * time.Millisecond},
	}
	if diff := cmp.Diff(want, got.Serve.Serve); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if dsn := got.Serve.DSN(); dsn != filepath.Join("data", "tandem.db") {
		t.Errorf("database %q", dsn)
	}

	got, err = parse(t, nil, "serve", "--dev")
	if err != nil {
		t.Fatal(err)
	}
	want.Dev, want.Listen, want.MockPBX, want.Calls, want.Log.Format = true, "127.0.0.1:8080", "127.0.0.1:3030", "gentle", "text"
	if diff := cmp.Diff(want, got.Serve.Serve); diff != "" {
		t.Errorf("settings with --dev (-want +got):\n%s", diff)
	}
}

// A flag beats its variable, which beats the file, whichever of them there are.
func TestPrecedence(t *testing.T) {
	const file = "routing:\n  deadline: 3s\nmodules: [ingest, routing]\n"
	variable := map[string]string{"TANDEM_ROUTING_DEADLINE": "4s"}
	tests := map[string]struct {
		file      string
		variables map[string]string
		args      []string
		want      time.Duration
	}{
		"nothing":       {want: 10 * time.Second},
		"file":          {file: file, want: 3 * time.Second},
		"variable":      {variables: variable, want: 4 * time.Second},
		"flag":          {args: []string{"--routing.deadline=5s"}, want: 5 * time.Second},
		"variable wins": {file: file, variables: variable, want: 4 * time.Second},
		"flag wins":     {file: file, variables: variable, args: []string{"--routing.deadline", "5s"}, want: 5 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFolder(t, test.file)
			got, err := parse(t, test.variables, append([]string{"serve"}, test.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			if got.Serve.Routing.Deadline != test.want {
				t.Errorf("deadline %s, want %s", got.Serve.Routing.Deadline, test.want)
			}
			if test.file != "" && !cmp.Equal(got.Serve.Modules, []string{"ingest", "routing"}) {
				t.Errorf("modules %q", got.Serve.Modules)
			}
		})
	}
}

// The settings file is the one that --config or TANDEM_CONFIG names, and one that was named has to be there.
func TestNamedFile(t *testing.T) {
	folder := inFolder(t, "listen: 127.0.0.1:1\n")
	other := filepath.Join(folder, "other.yaml")
	write(t, other, "listen: 127.0.0.1:2\n")

	for name, test := range map[string]struct {
		variables map[string]string
		args      []string
	}{
		"flag":     {args: []string{"--config", other}},
		"variable": {variables: map[string]string{"TANDEM_CONFIG": other}},
	} {
		got, err := parse(t, test.variables, append([]string{"serve"}, test.args...)...)
		if err != nil || got.Serve.Listen != "127.0.0.1:2" {
			t.Errorf("%s: listen %q, error %v", name, got.Serve.Listen, err)
		}
	}
	if _, err := parse(t, nil, "serve", "--config", "absent.yaml"); err == nil || !strings.Contains(err.Error(), "absent.yaml") {
		t.Errorf("a missing file gave %v", err)
	}
}

// Whoever made a mistake reads where it is and what to write instead.
func TestMistakesNameTheirPlace(t *testing.T) {
	tests := map[string]struct {
		file      string
		variables map[string]string
		args      []string
		want      []string // parts of the message
	}{
		"flag": {
			args: []string{"--routing.deadline=soon"},
			want: []string{"--routing.deadline", `"soon" is not a duration`},
		},
		"variable": {
			variables: map[string]string{"TANDEM_FEED_MAX_CLIENTS": "many"},
			want:      []string{"TANDEM_FEED_MAX_CLIENTS: feed.max-clients", "write for example 2000"},
		},
		"file": {
			file: "log:\n  level: info\nrouting:\n  # a comment\n  deadline: soon\n",
			want: []string{"tandem.yaml:5: routing.deadline", "write for example 8s"},
		},
		"not one of the values": {
			file: "log:\n  level: loud\n",
			want: []string{"tandem.yaml:2: log.level", `"loud" is not one of debug, info, warn, error`},
		},
		"size": {
			variables: map[string]string{"TANDEM_INGEST_BODY_MAX": "1 elephant"},
			want:      []string{"TANDEM_INGEST_BODY_MAX", `"1 elephant" is not a size`},
		},
		"unknown key":     {file: "rooting:\n  deadline: 3s\n", want: []string{"tandem.yaml:2: there is no setting rooting.deadline; did you mean routing.deadline?"}},
		"in no section":   {file: "level: debug\n", want: []string{"tandem.yaml:1: ", "did you mean log.level?"}},
		"nothing like it": {file: "colour: green\n", want: []string{"tandem.yaml:1: there is no setting colour; tandem serve --help lists them"}},
		"broken file":     {file: "listen: [1\nlog: 2\n", want: []string{"tandem.yaml:"}},
		"nested list":     {file: "modules:\n  - [ingest]\n", want: []string{"tandem.yaml:2: modules holds a list of plain values only"}},
		"all at once": {
			file:      "log:\n  level: loud\nrooting: 1\n",
			variables: map[string]string{"TANDEM_ROUTING_WORKERS": "0"},
			want:      []string{"tandem.yaml:2: log.level", "tandem.yaml:3: ", "TANDEM_ROUTING_WORKERS: routing.workers is 0; it has to be between 1 and 10000"},
		},
		"out of bounds":  {args: []string{"--routing.attempt-timeout=11s"}, want: []string{"--routing.attempt-timeout is 11s; it has to be between 10ms and 10s"}},
		"no port":        {args: []string{"--listen=127.0.0.1"}, want: []string{"--listen", "write for example 127.0.0.1:8080"}},
		"public url":     {args: []string{"--public-url=calls.example"}, want: []string{"--public-url", "https://calls.example"}},
		"proxies":        {args: []string{"--proxies=127.0.0.1,nginx"}, want: []string{"--proxies", `"nginx"`, "10.0.0.0/24"}},
		"not a database": {args: []string{"--database=mysql://hush-hush@db.example/t"}, want: []string{"--database is neither PostgreSQL nor a file"}},
		"mock alone":     {args: []string{"--mockpbx=127.0.0.1:3030"}, want: []string{"--mockpbx needs --dev"}},
		"calls alone":    {args: []string{"--dev", "--mockpbx=off", "--calls=gentle"}, want: []string{"--calls needs the mock PBX"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inFolder(t, test.file)
			_, err := parse(t, test.variables, append([]string{"serve"}, test.args...)...)
			if err == nil {
				t.Fatal("nothing was wrong")
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %s", part, err)
				}
			}
			if strings.Contains(err.Error(), "hush-hush") {
				t.Errorf("the password is in: %s", err)
			}
		})
	}
}

// The credentials of --dev are public, so it must not be possible to offer them to other machines by any spelling.
func TestDevStaysOnThisMachine(t *testing.T) {
	inFolder(t, "")
	for address, allowed := range map[string]bool{
		"127.0.0.1:8080":         true,
		"127.8.9.10:8080":        true,
		"[::1]:8080":             true,
		"[::ffff:127.0.0.1]:80":  true,
		"localhost:8080":         true,
		":8080":                  false,
		"0.0.0.0:8080":           false,
		"[::]:8080":              false,
		"10.0.0.5:8080":          false,
		"192.168.1.2:8080":       false,
		"tandem.example:8080":    false,
		"127.0.0.1.example:8080": false,
		"localhost.example:8080": false,
		"[::ffff:10.0.0.5]:8080": false,
		"0:8080":                 false,
	} {
		for _, flag := range []string{"--listen=", "--mockpbx="} {
			_, err := parse(t, nil, "serve", "--dev", flag+address)
			if (err == nil) != allowed {
				t.Errorf("%s%s: %v", flag, address, err)
			}
			if err != nil && !strings.Contains(err.Error(), "only an address of this machine is allowed") {
				t.Errorf("%s%s: unclear: %v", flag, address, err)
			}
		}
	}
}

// Secrets are not shown by a message about them, nor by printing the settings.
func TestSecretsStayHidden(t *testing.T) {
	inFolder(t, "secret-key: [hush-hush\nlisten: 1\n")
	if _, err := parse(t, nil, "serve"); err == nil || strings.Contains(err.Error(), "hush-hush") {
		t.Errorf("the message about a broken file is: %v", err)
	}
	inFolder(t, "secret-key: hush-hush\n")
	if _, err := parse(t, nil, "serve"); err == nil || !strings.Contains(err.Error(), "tandem.yaml:1: secret-key") || strings.Contains(err.Error(), "hush-hush") {
		t.Errorf("the message about a wrong key is: %v", err)
	}
	key := strings.Repeat("5ec2e7", 10) + "0000"
	inFolder(t, "secret-key: "+key+"\n")
	got, err := parse(t, map[string]string{"TANDEM_DATABASE": "postgres://tandem:hush-hush@db.example/t?password=hush-hush"}, "serve")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, got.Serve.Serve); strings.Contains(text, "hush-hush") || strings.Contains(text, key) {
			t.Errorf("%s shows a secret: %s", verb, text)
		}
	}
	if string(got.Serve.SecretKey) != key || !strings.Contains(got.Serve.DSN(), "tandem:hush-hush@") {
		t.Error("the values themselves were changed")
	}
}

// A flag of another command that happens to have a setting's name is not a setting, and a command without settings
// does not read the file.
func TestOtherCommandsKeepTheirFlags(t *testing.T) {
	inFolder(t, "broken: [\n")
	got, err := parse(t, map[string]string{"TANDEM_LISTEN": "1.2.3.4:5"}, "other")
	if err != nil || got.Other.Listen != "" {
		t.Errorf("listen %q, error %v", got.Other.Listen, err)
	}
}

// A command with only the common settings accepts a file that also has others, and still reports mistakes.
func TestCommonSettings(t *testing.T) {
	inFolder(t, "listen: 127.0.0.1:9\ndata: /var/lib/tandem\n")
	got, err := parse(t, nil, "doctor")
	if err != nil || got.Doctor.Data != "/var/lib/tandem" {
		t.Errorf("data %q, error %v", got.Doctor.Data, err)
	}
	inFolder(t, "dta: /var/lib/tandem\n")
	if _, err := parse(t, nil, "doctor"); err == nil || !strings.Contains(err.Error(), "did you mean data?") {
		t.Errorf("an unknown key gave %v", err)
	}
}

// Every setting can be written in each of the three places with its own example, so the examples in the documentation work.
func TestExamplesWork(t *testing.T) {
	for _, setting := range config.Settings() {
		if setting.Help == "" || setting.Default == "" || setting.Example == "" {
			t.Errorf("%s lacks help, default or example", setting.Name)
		}
		dev := []string{"serve", "--dev"}
		switch setting.Name {
		case "dev", "listen":
			dev = dev[:1]
		}
		inFolder(t, "")
		if _, err := parse(t, nil, append(dev, "--"+setting.Name+"="+setting.Example)...); err != nil {
			t.Errorf("flag: %v", err)
		}
		if _, err := parse(t, map[string]string{setting.Variable: setting.Example}, dev...); err != nil {
			t.Errorf("variable: %v", err)
		}
		section, key, nested := strings.Cut(setting.Name, ".")
		text := fmt.Sprintf("%s: %q\n", setting.Name, setting.Example)
		if nested {
			text = fmt.Sprintf("%s:\n  %s: %q\n", section, key, setting.Example)
		}
		inFolder(t, text)
		if _, err := parse(t, nil, dev...); err != nil {
			t.Errorf("file: %v", err)
		}
	}
}

// Sizes are read and written in the same units.
func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]config.Size{
		"0": 0, "1": 1, "4096": 4096, "64KiB": 64 << 10, "64 kib": 64 << 10, "10MB": 10_000_000, "1GiB": 1 << 30, "7b": 7,
	} {
		var got, again config.Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q is %d, error %v", text, got, err)
		}
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != got {
			t.Errorf("%q was written %q, read as %d, error %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "-1", "KiB", "1.5MiB", "9999999999999GiB", "1 TiB"} {
		var got config.Size
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}
