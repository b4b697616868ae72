// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const (
	// Room for SQLite's journal, which is begun anew when it holds 32 MB, or for an empty PostgreSQL.
	diskSize   = 64 << 20
	diskFolder = "TANDEM_FAULT_DISK"
	notMounted = 77 // exit code
)

// onSmallDisk runs a test again in a process that sees a small disk, and
// returns that disk's folder in there; elsewhere it returns "" when that test
// is over. The mount is in a namespace of its own, so that it is gone with the
// process however that ends.
func onSmallDisk(t *testing.T) (folder string) {
	t.Helper()
	if folder = os.Getenv(diskFolder); folder != "" {
		return folder
	}
	// Not the test's own folder: the account of PostgreSQL could not look into its parent.
	mounted, err := os.MkdirTemp("", "tandem-fault-disk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(mounted) })
	own := []string{"--mount"}
	if os.Geteuid() != 0 {
		own = append(own, "--map-root-user") // lends the right to mount
	}
	script := fmt.Sprintf(`mount -t tmpfs -o size=%d tmpfs "$0" || exit %d; exec "$@"`, diskSize, notMounted)
	own = append(own, "sh", "-c", script, mounted, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=8m")
	again := exec.CommandContext(t.Context(), "unshare", own...)
	again.Env = append(os.Environ(), diskFolder+"="+mounted, builtProgram+"="+program)
	bindToParent(again)
	out, err := again.CombinedOutput()
	var ended *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.As(err, &ended) && ended.ExitCode() == notMounted, ended != nil && ended.ExitCode() == 1 && len(out) < 200:
		t.Skipf("NOT TESTED: a full disk, because a small one cannot be mounted here: %s", out)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	default:
		t.Logf("on a small disk:\n%s", out)
	}
	return ""
}

// fill takes all the room there is, and returns what gives it back.
func fill(t *testing.T, folder string) (free func()) {
	t.Helper()
	path := filepath.Join(folder, "ballast")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	block := make([]byte, 1<<16)
	for len(block) > 0 {
		if _, err = file.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// On a full disk the process says that it is not ready, even while nobody
// wants anything; posts are answered 503 and none 2xx that is not stored. When
// there is room again all goes on by itself, while posts go on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	folder := onSmallDisk(t)
	if folder == "" {
		return
	}
	here := place{data: folder, dsn: filepath.Join(folder, "tandem.db")}
	diskFull(t, here, folder)
}

// When it is PostgreSQL whose disk is full, posts are answered 503 too, and all
// goes on by itself. Its journal has another disk: without room for that
// PostgreSQL ends, which is what TestDatabaseGoesAway is about.
func TestDiskOfPostgresFull(t *testing.T) {
	t.Parallel()
	folder := onSmallDisk(t)
	if folder == "" {
		return
	}
	c := newCluster(t, folder, clusterFolder(t))
	diskFull(t, place{data: t.TempDir(), dsn: c.dsn}, folder)
}

// diskFull fills the disk that a database is on, and gives room again.
func diskFull(t *testing.T, here place, folder string) {
	t.Helper()
	pbx, told := newPBX(t), newLedger()
	p := here.start(t)
	webhook := p.connector(t, "disk", pbx.URL)
	stop := told.start(t, webhook, "before", posters)
	told.awaitMore(t, http.StatusOK, 100)
	stop()
	settle(t, here.dsn)
	told.only(t, http.StatusOK)

	free := fill(t, folder)
	// SQLite needs room for whatever it writes; PostgreSQL may have some for
	// what is small in the pages that it has begun, the row of the look at
	// whether it is ready, say.
	sqlite := engineOf(here.dsn) == "SQLite"
	if sqlite {
		await(t, 5*time.Second, "not ready on a full disk", func() bool { return !p.isReady(t) })
	}
	stop = told.start(t, webhook, "full", posters)
	told.awaitMore(t, http.StatusServiceUnavailable, 20)
	before := told.count(http.StatusOK)
	told.awaitMore(t, http.StatusServiceUnavailable, 200)
	if more := told.count(http.StatusOK) - before; sqlite && more != 0 {
		t.Errorf("%d posts answered 200 on a full disk", more)
	}
	stop()

	stop = told.drip(t, webhook, "again") // many would soon fill the disk again
	free()
	taken := told.count(http.StatusOK)
	posting := await(t, 30*time.Second, "posts are taken again", func() bool { return told.count(http.StatusOK) >= taken+5 })
	ready := posting + await(t, 30*time.Second, "ready again", func() bool { return p.isReady(t) })
	stop()
	settle(t, here.dsn)
	told.only(t, http.StatusOK, http.StatusServiceUnavailable)
	p.stop(t)
	a := check(t, here.dsn, told)
	here.examine(t)
	pbx.knows(t, a)
	t.Logf("%d posts acknowledged, %d answered 503 (the slowest after %s); room again: posts taken within %s, ready within %s; %d commands sent, %d missed; %d bytes said",
		told.count(http.StatusOK), told.count(http.StatusServiceUnavailable), told.slowest[http.StatusServiceUnavailable], posting, ready, a.sent, a.missed, len(p.said.last(1<<30)))
}
