// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"context"
	"fmt"
	"math/rand/v2"
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

// clusterFolder makes a folder for a PostgreSQL. It is not the test's own:
// the account that PostgreSQL runs as could not look into its parent.
func clusterFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "tandem-fault-postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// newCluster makes and starts a PostgreSQL, or skips the test where there is
// none. Its journal is in one folder, and everything else in another.
func newCluster(t *testing.T, folder, journal string) *cluster {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		t.Skip("NOT TESTED: a database that goes away; PostgreSQL is not installed")
	}
	c := &cluster{bin: filepath.Dir(found[len(found)-1]), data: filepath.Join(folder, "data"), port: freePort(t)}
	if os.Geteuid() == 0 {
		c.account = accountOf(t, "postgres", "nobody")
		for _, own := range []string{folder, journal} {
			if err := os.Chown(own, int(c.account.Uid), int(c.account.Gid)); err != nil {
				t.Fatal(err)
			}
		}
	}
	initdb := c.command(t, "initdb", "--pgdata", c.data, "--waldir", filepath.Join(journal, "wal"), "--username", "tandem", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	c.dsn = fmt.Sprintf("postgres://tandem@127.0.0.1:%d/postgres?sslmode=disable", c.port)
	t.Cleanup(func() { c.stop(t) })
	c.start(t)
	return c
}

// freePort returns a port that nobody uses just now. It is below those that
// outgoing connections get, one of which might else have it while whoever it is
// for has not begun to listen, or has stopped for a while.
func freePort(t *testing.T) int {
	t.Helper()
	const lowest, highest = 20_000, 32_000
	var config net.ListenConfig
	for range 100 {
		port := lowest + rand.IntN(highest-lowest)
		listener, err := config.Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		listener.Close()
		return port
	}
	t.Fatal("no port is free")
	return 0
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
