// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a PostgreSQL of one test's own, which it may stop.
type cluster struct {
	dsn     string
	bin     string
	data    string
	port    int
	account *syscall.Credential // PostgreSQL does not run as root
	server  *exec.Cmd           // nil while it is stopped
}

// newCluster makes and starts a PostgreSQL, or skips the test where there is
// none.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		t.Skip("NOT TESTED: a database that goes away; PostgreSQL is not installed")
	}
	// Not the test's own folder: the account could not look into its parent.
	folder, err := os.MkdirTemp("", "tandem-fault-postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	c := &cluster{bin: filepath.Dir(found[len(found)-1]), data: filepath.Join(folder, "data"), port: freePort(t)}
	if os.Geteuid() == 0 {
		c.account = accountOf(t, "postgres", "nobody")
		if err := os.Chown(folder, int(c.account.Uid), int(c.account.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	initdb := c.command(t, "initdb", "--pgdata", c.data, "--username", "tandem", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	c.dsn = fmt.Sprintf("postgres://tandem@127.0.0.1:%d/postgres?sslmode=disable", c.port)
	t.Cleanup(func() { c.stop(t) })
	c.start(t)
	return c
}

func freePort(t *testing.T) int {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // of tcp
}

// accountOf returns the first of the accounts that exists.
func accountOf(t *testing.T, names ...string) *syscall.Credential {
	t.Helper()
	for _, name := range names {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		id, err := strconv.ParseUint(found.Uid, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		group, err := strconv.ParseUint(found.Gid, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		return &syscall.Credential{Uid: uint32(id), Gid: uint32(group)}
	}
	t.Skipf("NOT TESTED: a database that goes away; there is no account of %v to run PostgreSQL as", names)
	return nil
}

// command returns one of PostgreSQL's programs, which ends when the tests do.
func (c *cluster) command(t *testing.T, name string, arguments ...string) *exec.Cmd {
	t.Helper()
	out := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(c.bin, name), arguments...)
	out.Dir = filepath.Dir(c.data)
	out.Env = append(os.Environ(), "HOME=/")
	if c.account != nil {
		out.SysProcAttr = &syscall.SysProcAttr{Credential: c.account}
	}
	bindToParent(out)
	return out
}

// start starts the server and waits until it answers.
func (c *cluster) start(t *testing.T) {
	t.Helper()
	c.server = c.command(t, "postgres", "-D", c.data, "-p", strconv.Itoa(c.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=50")
	if err := c.server.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, time.Minute, "PostgreSQL answers", func() bool {
		conn, err := pgx.Connect(t.Context(), c.dsn)
		if err != nil {
			return false
		}
		return conn.Close(t.Context()) == nil
	})
}

// stop ends the server at once, as pg_ctl --mode immediate: whoever is
// connected is cut off, and the next start recovers from its journal.
func (c *cluster) stop(t *testing.T) {
	t.Helper()
	if c.server == nil {
		return
	}
	if err := c.server.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Error(err)
	}
	_ = c.server.Wait() // it was told to fail
	c.server = nil
}
