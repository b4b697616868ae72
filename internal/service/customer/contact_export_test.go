// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
)

// An export has what its filters choose, in each format, and nothing in it that
// a spreadsheet would run.
func TestExport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		const path = "/api/v1/contacts/export"
		p.create(t, "/api/v1/contacts", `{"firstName":"=HYPERLINK(\"https://x.example\")","phone":"+84 901 234 567","cpf":"529.982.247-25"}`)
		p.create(t, "/api/v1/contacts", `{"firstName":"Ánh","lastName":"Đặng; \"the\", one","phone":"0902345678","numbers":[{"number":"02838221234"}],"email":"anh@example.com"}`)

		_, file := p.request(t, demo, "GET", path, "")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\uFEFF"))).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("%v: %q", err, file)
		}
		if got := rows[1][1:8]; !slices.Equal(got, []string{"Ánh", `Đặng; "the", one`, "", "anh@example.com", "0902345678", "02838221234", ""}) {
			t.Errorf("row %q", got)
		}
		if rows[2][1] != `'=HYPERLINK("https://x.example")` || rows[2][5] != "+84 901 234 567" || rows[2][7] != "529.982.247-25" {
			t.Errorf("row %q", rows[2])
		}
		for query, want := range map[string]int{"": 2, "search=dang": 1, "search=nobody": 0, "hasNumber=false": 0} {
			if _, lines := p.request(t, demo, "GET", path+"?format=ndjson&"+query, ""); strings.Count(lines, "\n") != want {
				t.Errorf("%s: %s", query, lines)
			}
		}
		_, cards := p.request(t, demo, "GET", path+"?format=vcard&search=dang", "")
		for _, part := range []string{"VERSION:4.0\r\n", "EMAIL:anh@example.com\r\n", "TEL;PREF=1;VALUE=text:0902345678\r\n", "TEL;VALUE=text:02838221234\r\n"} {
			if !strings.Contains(cards, part) {
				t.Errorf("%q is not in\n%s", part, cards)
			}
		}
		if _, none := p.request(t, other, "GET", path+"?format=ndjson", ""); none != "" {
			t.Errorf("another call centre's: %s", none)
		}
		p.expect(t, u1, "GET", path+"?format=xlsx", "", 422, "query.format")
		masked := identity.Principal{ID: "u2", Tenant: demo, Rights: []string{identity.ContactRead, identity.ContactExport}}
		p.expect(t, masked, "GET", path, "", 200, "***.***.***-25")
	})
}

// What was exported can be imported elsewhere, in either format, and is the
// same there.
func TestExportIsImportable(t *testing.T) {
	for format, name := range map[string]string{"csv": "a.csv", "vcard": "a.vcf"} {
		t.Run(format, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, database *db.DB) {
				p := start(t, database)
				p.run(t)
				p.create(t, "/api/v1/contacts", `{"firstName":"@Ánh","lastName":"Đặng","phone":"0902345678","email":"anh@example.com"}`)
				p.create(t, "/api/v1/contacts", `{"firstName":"Bo","phone":"+84 901 234 567","gender":"male"}`)
				_, file := p.request(t, demo, "GET", "/api/v1/contacts/export?format="+format, "")
				got := p.upload(t, demo, name, file)
				fields := []string{}
				for _, field := range got["suggestedMapping"].([]any) {
					fields = append(fields, fmt.Sprint(field))
				}
				tried := p.expect(t, u1, "POST", fmt.Sprint(imports, "/", got["id"], "/dry-run"), strings.Replace(mapping("", fields...), `,"onDuplicate":""`, "", 1), 200, "")
				if counts(tried, "same")["same"] != 2 {
					t.Errorf("%v with %v: %v", fields, tried, file)
				}
			})
		})
	}
}
