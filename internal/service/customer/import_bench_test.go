// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/internal/db/dbtest"
)

// bigFile is a CSV file of so many people whose names are as frequent as names
// are; round changes what is said of each.
func bigFile(rows int, round string) string {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // names, no secrets
	var b strings.Builder
	b.WriteString("firstName,lastName,email,phone,gender\n")
	for i := range rows {
		p := person(random, i)
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s\n", p.FirstName, p.LastName, p.Email, p.Phone, round)
	}
	return b.String()
}

// BenchmarkImport imports a file of a hundred thousand new people, the same
// file with a change to each of them, and undoes the latter.
func BenchmarkImport(b *testing.B) {
	const rows = 100_000
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			dsn := filepath.Join(b.TempDir(), "bench.db")
			if engine == "postgres" {
				dsn = dbtest.Postgres(b)
			}
			p := start(b, dbtest.Open(b, dsn))
			p.run(b)
			for range b.N {
				began := time.Now()
				step := func(name string) {
					b.ReportMetric(float64(time.Since(began).Milliseconds())/1000, name+"-s")
					began = time.Now()
				}
				var path string
				var id any
				for _, round := range []string{"new", "changed"} {
					id = p.upload(b, demo, "big.csv", bigFile(rows, round))["id"]
					path = fmt.Sprint(imports, "/", id)
					step("upload-" + round)
					p.expectOf(b, path+"/dry-run", mapping("", "firstName", "lastName", "email", "phone", "gender"))
					step("dry-run-" + round)
					p.expectOf(b, path+"/start", mapping("update", "firstName", "lastName", "email", "phone", "gender"))
					p.wait(b, id, "done")
					step("import-" + round)
				}
				p.expectOf(b, path+"/undo", "")
				p.wait(b, id, "undone")
				step("undo-changed")
			}
		})
	}
}

// expectOf asks for something that is done.
func (p process) expectOf(b *testing.B, path, body string) {
	b.Helper()
	body = strings.Replace(body, `,"onDuplicate":""`, "", 1)
	body = strings.Replace(body, `"onDuplicate":"",`, "", 1)
	if status, answer := p.request(b, demo, "POST", path, body); status >= 300 {
		b.Fatalf("%s: %d %s", path, status, answer)
	}
}
