// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"tandem/internal/ask"
	"tandem/internal/db/dbtest"
	"tandem/internal/service/customer"
)

var (
	families = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"}
	middles  = []string{"Văn", "Thị", "Hữu", "Đức", "Minh", "Ngọc", "Thanh", "Quốc", "Xuân", "Thu"}
	givens   = []string{"An", "Anh", "Bình", "Châu", "Dũng", "Giang", "Hà", "Hải", "Hùng", "Khánh", "Lan", "Linh", "Long", "Mai", "Nam", "Phúc", "Quân", "Sơn", "Tú", "Yến"}
)

// person returns the i-th of people whose names are as frequent as names are.
func person(random *rand.Rand, i int) customer.Contact {
	family := families[min(random.IntN(len(families)), random.IntN(len(families)))] // the first is the most frequent
	given := givens[random.IntN(len(givens))]
	return customer.Contact{
		FirstName: given, LastName: family + " " + middles[random.IntN(len(middles))],
		Email: fmt.Sprintf("person%d@example.com", i), Phone: numberOf(i), Creator: agentID,
	}
}

func numberOf(i int) string { return fmt.Sprintf("09%08d", (i*7919)%100_000_000) }

// filled is the service with so many contacts, on either engine.
func filled(b *testing.B, contacts int, run func(*testing.B, process)) {
	const some = 2000
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			dsn := filepath.Join(b.TempDir(), "bench.db")
			if engine == "postgres" {
				dsn = dbtest.Postgres(b)
			}
			p := start(b, dbtest.Open(b, dsn))
			random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // names, no secrets
			began := time.Now()
			for i := 0; i < contacts; i += some {
				batch := make([]customer.Contact, some)
				for k := range batch {
					batch[k] = person(random, i+k)
				}
				if err := p.Fill(b.Context(), demo, batch); err != nil {
					b.Fatal(err)
				}
			}
			if engine == "postgres" {
				if _, err := p.database.ExecContext(b.Context(), `ANALYZE`); err != nil {
					b.Fatal(err)
				}
			}
			b.Logf("%d contacts in %s", contacts, time.Since(began).Round(time.Second))
			run(b, p)
		})
	}
}

// BenchmarkList asks over HTTP for pages of a hundred thousand contacts, and
// says how long the slowest of a hundred took.
func BenchmarkList(b *testing.B) {
	filled(b, 100_000, func(b *testing.B, p process) {
		for _, ask := range []string{
			"", "search=nguyen van a", "search=an", "search=yen ly", "search=person99", "search=0912 345 6", "search=5678", "search=09", "search=nobody",
			"search=person nobody", "creator=" + agentID, "creator=" + nobodyID, "hasNumber=true&search=tran",
		} {
			b.Run(ask, func(b *testing.B) {
				path := "/api/v1/contacts?limit=50"
				values, _ := url.ParseQuery(ask) // of ours
				if len(values) > 0 {
					path += "&" + values.Encode()
				}
				after := ""
				var took []time.Duration
				for b.Loop() {
					began := time.Now()
					status, body := p.request(b, demo, http.MethodGet, path+"&after="+after, "")
					took = append(took, time.Since(began))
					if status != http.StatusOK {
						b.Fatal(body)
					}
					after = next(b, body)
				}
				report(b, took)
			})
		}
	})
}

func report(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkLookup finds whose numbers are, one at a time, among as many
// contacts as TANDEM_BENCH_CONTACTS says, beside the bare query of an index.
func BenchmarkLookup(b *testing.B) {
	contacts, err := strconv.Atoi(os.Getenv("TANDEM_BENCH_CONTACTS"))
	if err != nil {
		contacts = 100_000
	}
	filled(b, contacts, func(b *testing.B, p process) {
		random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // numbers, no secrets
		b.Run("bare", func(b *testing.B) {
			statement, err := p.database.PrepareContext(b.Context(), `
				SELECT id, first_name, last_name FROM customer_contacts WHERE tenant = $1 AND match_key = $2 AND deleted = 0`)
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := statement.Close(); err != nil {
					b.Error(err)
				}
			}()
			for b.Loop() {
				var id, first, last string
				key := "+84" + numberOf(random.IntN(contacts))[1:]
				if err := statement.QueryRowContext(b.Context(), demo.ID, key).Scan(&id, &first, &last); err != nil && err != sql.ErrNoRows {
					b.Fatal(err)
				}
			}
		})
		b.Run("name", func(b *testing.B) {
			for b.Loop() {
				key := "+84" + numberOf(random.IntN(contacts))[1:]
				if _, err := p.Name(b.Context(), ask.NamesQuestion{Tenant: demo.ID, Keys: []string{key}}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("match", func(b *testing.B) {
			for b.Loop() {
				caller := ask.Caller{Connector: 1, CallID: "x", Number: numberOf(random.IntN(contacts))}
				if _, err := p.Match(b.Context(), callers(caller)); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
