// SPDX-License-Identifier: Apache-2.0

// Package scenario_test uses the built program from outside, as its users do.
// Each text file in this folder is one scenario; its name is a sentence, and
// README.md lists the commands it is written in. Every scenario runs on SQLite,
// and on PostgreSQL when TANDEM_TEST_POSTGRES names a server.
package scenario_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/rogpeppe/go-internal/testscript"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "tandem-scenario")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if err := build(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// build sets binary, unless there is no program yet.
func build(dir string) error {
	const program = "../../cmd/tandem"
	if _, err := os.Stat(filepath.Join(program, "main.go")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	binary = filepath.Join(dir, "tandem")
	if out, err := exec.Command("go", "build", "-o", binary, program).CombinedOutput(); err != nil {
		return fmt.Errorf("build tandem: %w\n%s", err, out)
	}
	return nil
}

func TestScenarios(t *testing.T) {
	if binary == "" {
		t.Skip("cmd/tandem does not exist")
	}
	t.Run("sqlite", func(t *testing.T) { run(t, "") })
	t.Run("postgres", func(t *testing.T) {
		server := os.Getenv("TANDEM_TEST_POSTGRES")
		if server == "" {
			t.Skip("TANDEM_TEST_POSTGRES is not set; make test sets it")
		}
		run(t, server)
	})
}

// run runs every scenario; server is a PostgreSQL, or "" for SQLite.
func run(t *testing.T, server string) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir: ".",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start-tandem": startTandem,
			"stop-tandem":  stopTandem,
			"kill-tandem":  killTandem,
			"http":         request,
			"wait-http":    waitRequest,
			"json":         checkAnswer,
			"save":         saveAnswer,
			"burst":        burst,
			"deaf-pbx":     deafPBX,
			"fresh-data":   freshData,
		},
		Setup:               func(env *testscript.Env) error { return prepare(env, server) },
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// world is what one scenario has: a process, the last answer, a burst.
type world struct {
	server  process
	answer  answer
	posters posters
	cluster string // the PostgreSQL to use; "" for SQLite
}

// worldKey is where a scenario keeps its world.
type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// prepare gives a scenario its addresses, its database and the program.
func prepare(env *testscript.Env, server string) error {
	listen, mock, err := freeAddresses()
	if err != nil {
		return err
	}
	w := &world{cluster: server}
	env.Values[worldKey{}] = w
	env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("LISTEN", listen)
	env.Setenv("URL", "http://"+listen)
	env.Setenv("MOCK", "http://"+mock)
	env.Setenv("MOCKLISTEN", mock)
	env.Setenv("KEY", "tandem-demo-key")
	env.Setenv("TANDEM_DATA", filepath.Join(env.WorkDir, "data"))
	if server != "" {
		dsn, drop, err := newDatabase(server)
		if err != nil {
			return err
		}
		env.Setenv("TANDEM_DATABASE", dsn)
		env.Defer(drop)
	}
	// Deferred functions run last to first: the database goes after the process.
	env.Defer(w.server.kill)
	env.Defer(w.posters.stop)
	return nil
}

// freshData implements fresh-data: the state of a new machine, with an empty
// data folder and, on PostgreSQL, an empty database.
func freshData(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if neg || len(args) > 0 || w.server.running() {
		ts.Fatalf("usage: fresh-data, while tandem does not run")
	}
	data := ts.Getenv("TANDEM_DATA")
	ts.Check(os.RemoveAll(data))
	ts.Check(os.Mkdir(data, 0o700))
	if w.cluster != "" {
		dsn, drop, err := newDatabase(w.cluster)
		ts.Check(err)
		ts.Setenv("TANDEM_DATABASE", dsn)
		ts.Defer(drop)
		ts.Defer(w.server.kill)
	}
}

// newDatabase makes an empty database on server.
func newDatabase(server string) (dsn string, drop func(), err error) {
	ctx := context.Background()
	admin, err := sql.Open("pgx", server)
	if err != nil {
		return "", nil, err
	}
	name := "scenario_" + strings.ToLower(randomName())
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, errors.Join(err, admin.Close())
	}
	address, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	address.Path = "/" + name
	return address.String(), func() {
		_, _ = admin.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		admin.Close()
	}, nil
}
