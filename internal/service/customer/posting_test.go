// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/search"
	"tandem/internal/service/customer"
)

// However frequent the words of a search are, it finds what reading all
// contacts would find, page by page and in their order.
func TestFrequentWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		random := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // names, no secrets
		var all []string
		for i := range 60 { // small ones, because one work may not hold the writer for long
			batch := make([]customer.Contact, 200)
			for k := range batch {
				batch[k] = person(random, len(batch)*i+k)
				if random.IntN(3) > 0 { // so that some words are found in very many
					batch[k].LastName = "Nguyễn Văn"
				}
			}
			if err := p.Fill(t.Context(), demo, batch); err != nil {
				t.Fatal(err)
			}
			for _, c := range batch {
				all = append(all, search.Plain(c.FirstName+" "+c.LastName+" "+c.Email))
			}
		}
		for _, text := range []string{"nguyen van", "van nguyen an", "nguyen person", "nguyễn VĂN h", "tran thi a", "le ngoc", "nguyen nobody", "van example"} {
			var want []string
			for i := len(all) - 1; i >= 0 && len(want) < 150; i-- {
				if finds(all[i], strings.Fields(search.Plain(text))) {
					want = append(want, fmt.Sprintf("person%d", i))
				}
			}
			var got []string
			after := ""
			for range 3 {
				_, body := p.request(t, demo, "GET", "/api/v1/contacts?limit=50&search="+url.QueryEscape(text)+"&after="+after, "")
				for _, part := range strings.Split(body, `"email":"`)[1:] {
					address, _, _ := strings.Cut(part, "@")
					got = append(got, address)
				}
				if after = next(t, body); after == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
		}
	})
}

// finds reports whether each word is the beginning of one of a text's.
func finds(text string, words []string) bool {
	has := strings.FieldsFunc(strings.TrimSuffix(text, ".com"), func(r rune) bool { return r == ' ' || r == '@' || r == '.' })
	for _, word := range words {
		found := false
		for _, one := range has {
			found = found || strings.HasPrefix(one, word)
		}
		if !found {
			return false
		}
	}
	return true
}
