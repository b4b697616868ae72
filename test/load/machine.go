// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to ask PostgreSQL for its version
	_ "modernc.org/sqlite"             // and SQLite
)

// describe writes what a reader has to know of the machine.
func describe(ctx context.Context, p *plan, out *page) error {
	sync, err := syncTime(p.folder)
	if err != nil {
		return err
	}
	sqlite, err := ask(ctx, "sqlite", ":memory:", "SELECT sqlite_version()")
	if err != nil {
		return err
	}
	postgres := "absent"
	if dsn := os.Getenv(postgresVariable); dsn != "" {
		if postgres, err = ask(ctx, "pgx", dsn, "SHOW server_version"); err != nil {
			return err
		}
	}
	out.line("<!-- Written by make bench with -update. Do not edit. -->")
	out.line("\n# Benchmarks\n")
	out.line("Measured by `make bench` (`test/load`) with the built program. The generator, Tandem and PostgreSQL share the cores, as does")
	out.line("whatever else the machine does, so what counts are the ratios: what is compared was measured in turns, %d rounds of %s each.", p.rounds, p.duration)
	out.line("Figures are the median, with the least and the most in brackets. CPU is that of Tandem's process, user and system; PostgreSQL's own is not in it.")
	out.table(
		[]string{"machine", ""},
		[]string{"processor", fmt.Sprintf("%s, %d cores", processor(), runtime.NumCPU())},
		[]string{"system", runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version()},
		[]string{"fdatasync of 8 kB, written before", sync.String() + " µs"},
		[]string{"SQLite", sqlite + ", synchronous=FULL"},
		[]string{"PostgreSQL", postgres},
		[]string{"load average at the beginning", loadAverage()},
	)
	return nil
}

func ask(ctx context.Context, driver, dsn, question string) (answer string, err error) {
	database, err := sql.Open(driver, dsn)
	if err != nil {
		return "", err
	}
	defer database.Close()
	err = database.QueryRowContext(ctx, question).Scan(&answer)
	return answer, err
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 3 {
		return "unknown"
	}
	return strings.Join(fields[:3], ", ")
}

// syncTime measures what the disk takes to make 8 kB durable, in microseconds.
func syncTime(folder string) (took series, err error) {
	const writes, size = 200, 8192
	file, err := os.Create(filepath.Join(folder, "sync"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	block := make([]byte, size)
	for i := range 2 * writes {
		// The first pass makes the file as long as it gets, as a log that is
		// written over again is.
		if _, err := file.WriteAt(block, int64(i%writes*size)); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := datasync(file); err != nil {
			return nil, err
		}
		if i >= writes {
			took = append(took, float64(time.Since(began).Microseconds()))
		}
	}
	return took, nil
}
