// SPDX-License-Identifier: Apache-2.0

package customer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tandem/internal/ask"
	"tandem/internal/db"
	"tandem/internal/db/dbtest"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/service/customer"
	"tandem/internal/tenant"
	"tandem/internal/tenant/tenanttest"
)

const imports = "/api/v1/contact-imports"

// run does what the module does in the background, until the test ends or stop
// is called.
func (p process) run(t testing.TB) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if err := p.module.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	stop = func() {
		cancel()
		group.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// upload sends a file and returns the import.
func (p process) upload(t testing.TB, who identity.Tenant, name, file string) map[string]any {
	t.Helper()
	status, body := p.sendFile(t, who, name, file)
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusCreated {
		t.Fatalf("upload: %d %s", status, body)
	}
	return got
}

func (p process) sendFile(t testing.TB, tenant identity.Tenant, name, file string) (status int, body string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	who := u1
	who.Tenant = tenant
	r := httptest.NewRequestWithContext(identity.With(t.Context(), who), http.MethodPost, imports, &form)
	r.Header.Set("Content-Type", w.FormDataContentType())
	answer := httptest.NewRecorder()
	p.handler.ServeHTTP(answer, r)
	return answer.Code, answer.Body.String()
}

// mapping returns the body that starts an import with these fields.
func mapping(onDuplicate string, fields ...string) string {
	text, _ := json.Marshal(map[string]any{"mapping": fields, "onDuplicate": onDuplicate})
	return string(text)
}

// wait returns an import when it is in a state.
func (p process) wait(t testing.TB, id any, state string) map[string]any {
	t.Helper()
	rings, stop, err := p.bus.Listen(ask.BellContacts)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for {
		_, body := p.request(t, demo, "GET", fmt.Sprint(imports, "/", id), "")
		var got map[string]any
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if got["state"] == state {
			return got
		}
		select {
		case <-rings:
		case <-t.Context().Done():
			t.Fatalf("the import is still %s", body)
		}
	}
}

// count returns how many rows a table has.
func (p process) count(t testing.TB, table string) (n int) {
	t.Helper()
	if err := p.database.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// counts returns some members of an import's progress.
func counts(of map[string]any, names ...string) map[string]int {
	got := map[string]int{}
	for _, name := range names {
		value, _ := of[name].(float64)
		got[name] = int(value)
	}
	return got
}

func part(of map[string]any, name string) map[string]any {
	value, _ := of[name].(map[string]any)
	return value
}

// contacts returns the names of the contacts, oldest first, with what stands
// behind the colon.
func (p process) contacts(t testing.TB, tenant identity.Tenant, show func(map[string]any) string) (list []string) {
	t.Helper()
	_, body := p.request(t, tenant, "GET", "/api/v1/contacts?limit=200", "")
	var got struct{ Items []map[string]any }
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	for _, item := range got.Items {
		list = append([]string{show(item)}, list...)
	}
	return list
}

func nameAndPhone(c map[string]any) string {
	name := strings.TrimSpace(fmt.Sprint(c["firstName"], " ", c["lastName"]))
	return strings.TrimSpace(fmt.Sprint(name, ": ", c["phone"]))
}

const people = "Họ tên;Điện thoại;Email;Ghi chú\n" +
	"Nguyễn Văn An;0901 234 567;an@example.com;VIP\n" +
	"Trần Bình;0902 345 678;;\n" +
	"Lê Chi;not a number;chi@example.com;\n" +
	";;;nobody\n" +
	"Trần Thị Bình;+84902345678;;\n"

// A file is uploaded, tried and imported; then everybody is a contact whose
// number is known when it calls, and undoing it leaves nobody.
func TestImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		p.run(t)
		got := p.upload(t, demo, "khách.csv", people)
		id := got["id"]
		if got["state"] != "uploaded" || got["fileName"] != "khách.csv" || got["rows"] != 5.0 || len(got["sample"].([]any)) != 5 {
			t.Errorf("uploaded %v", got)
		}
		if diff := cmp.Diff([]any{"name", "phone", "email", ""}, got["suggestedMapping"]); diff != "" {
			t.Errorf("mapping (-want +got):\n%s", diff)
		}
		path := fmt.Sprint(imports, "/", id)
		tried := p.expect(t, u1, "POST", path+"/dry-run", `{"mapping":["name","phone","email",""]}`, 200, "")
		if diff := cmp.Diff(map[string]int{"rows": 5, "new": 2, "changed": 1, "same": 0, "invalid": 2, "errorsTotal": 2},
			counts(tried, "rows", "new", "changed", "same", "invalid", "errorsTotal")); diff != "" {
			t.Errorf("dry run (-want +got):\n%s", diff)
		}
		wantErrors := []any{
			map[string]any{"row": 4.0, "field": "phone", "detail": "is not a number"},
			map[string]any{"row": 5.0, "field": "phone", "detail": "must be there when there is neither a name nor an e-mail address"},
		}
		if diff := cmp.Diff(wantErrors, tried["errors"]); diff != "" {
			t.Errorf("errors (-want +got):\n%s", diff)
		}
		if n := created(t, p.log); n != 0 {
			t.Errorf("the dry run created %d contacts", n)
		}

		p.expect(t, u1, "POST", path+"/start", mapping("update", "name", "phone", "email", ""), 202, `"running"`)
		done := p.wait(t, id, "done")
		if diff := cmp.Diff(map[string]int{"done": 5, "created": 2, "changed": 1, "same": 0, "skipped": 0, "invalid": 2},
			counts(part(done, "progress"), "done", "created", "changed", "same", "skipped", "invalid")); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
		want := []string{"Nguyễn Văn An: 0901 234 567", "Trần Thị Bình: 0902 345 678"}
		if diff := cmp.Diff(want, p.contacts(t, demo, nameAndPhone)); diff != "" {
			t.Errorf("contacts (-want +got):\n%s", diff)
		}
		if m := p.call(t, "call-1", "0901234567"); m.New || m.Name != "Nguyễn Văn An" {
			t.Errorf("a call of an imported number: %+v", m)
		}
		if n := created(t, p.log); n != 2 {
			t.Errorf("%d contact.created in the log", n)
		}
		p.expect(t, u1, "POST", path+"/start", mapping("update", "name", "phone", "email", ""), 409, "contact_import.not_now")

		p.expect(t, u1, "POST", path+"/undo", "", 202, `"undoing"`)
		undone := p.wait(t, id, "undone")
		if diff := cmp.Diff(map[string]int{"removed": 2, "restored": 0, "kept": 0}, counts(part(undone, "undo"), "removed", "restored", "kept")); diff != "" {
			t.Errorf("undone (-want +got):\n%s", diff)
		}
		if left := p.contacts(t, demo, nameAndPhone); len(left) != 0 {
			t.Errorf("left are %q", left)
		}
		if m := p.call(t, "call-2", "0901234567"); !m.New {
			t.Errorf("a call after undoing: %+v", m)
		}
		p.expect(t, u1, "POST", path+"/undo", "", 409, "contact_import.not_now")
		if kept := p.count(t, "customer_import_chunks"); kept != 0 {
			t.Errorf("%d chunks of the file are kept", kept)
		}
	})
}

// What happens to a row that is a contact already is as the person chose; what
// an import changed is put back, unless somebody has changed it since.
func TestDuplicates(t *testing.T) {
	const file = "name,phone,email,work phone\nAna Maria,0901234567,,02838221234\nBo,,BO@example.com,\nChi,0903456789,,\n"
	before := []string{"Ana: 0901234567", "Bob: 0902345678", "Chi: 0903456789"}
	tests := map[string]struct{ after, undone []string }{
		"skip": {before, before},
		"update": {
			[]string{"Ana Maria: 0901234567", "Bo: 0902345678", "Chi: 0903456789"},
			[]string{"Ana: 0901234567", "Bo Two: 0902345678", "Chi: 0903456789"},
		},
		"create": {
			append(append([]string{}, before...), "Ana Maria: 0901234567", "Bo:", "Chi: 0903456789"),
			before,
		},
	}
	for choice, test := range tests {
		t.Run(choice, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, database *db.DB) {
				p := start(t, database)
				p.run(t)
				p.create(t, "/api/v1/contacts", `{"firstName":"Ana","phone":"0901234567","gender":"female"}`)
				bob := p.create(t, "/api/v1/contacts", `{"firstName":"Bob","phone":"0902345678","email":"bo@example.com"}`)
				p.create(t, "/api/v1/contacts", `{"firstName":"Chi","phone":"0903456789"}`)
				id := p.upload(t, demo, "a.csv", file)["id"]
				path := fmt.Sprint(imports, "/", id)
				p.expect(t, u1, "POST", path+"/start", mapping(choice, "name", "phone", "email", "number"), 202, "")
				p.wait(t, id, "done")
				if diff := cmp.Diff(test.after, p.contacts(t, demo, nameAndPhone)); diff != "" {
					t.Fatalf("contacts (-want +got):\n%s", diff)
				}
				if choice == "update" {
					if m := p.call(t, "call-1", "02838221234"); m.New || m.Name != "Ana Maria" {
						t.Errorf("her office calls: %+v", m)
					}
					p.expect(t, u1, "PATCH", fmt.Sprint("/api/v1/contacts/", bob["_id"]), `{"lastName":"Two"}`, 200, "")
				}
				p.expect(t, u1, "POST", path+"/undo", "", 202, "")
				undone := p.wait(t, id, "undone")
				if diff := cmp.Diff(test.undone, p.contacts(t, demo, nameAndPhone)); diff != "" {
					t.Errorf("undone: %v (-want +got):\n%s", undone["undo"], diff)
				}
				if choice == "update" {
					if diff := cmp.Diff(map[string]int{"removed": 0, "restored": 1, "kept": 1}, counts(part(undone, "undo"), "removed", "restored", "kept")); diff != "" {
						t.Errorf("counts (-want +got):\n%s", diff)
					}
					if m := p.call(t, "call-2", "02838221234"); !m.New {
						t.Errorf("her office calls after undoing: %+v", m)
					}
				}
			})
		})
	}
}

// file returns a CSV file of so many people.
func file(rows int) string {
	var b strings.Builder
	b.WriteString("name,phone,email\n")
	for n := range rows {
		fmt.Fprintf(&b, "Person %d,09%08d,p%d@example.com\n", n, n, n)
	}
	return b.String()
}

// An import that is cut off goes on in another process, and writes each row
// once.
func TestImportSurvivesItsProcess(t *testing.T) {
	dbtest.EachDSN(t, func(t *testing.T, dsn string) {
		const rows = 3000
		first, second := dbtest.Open(t, dsn), dbtest.Open(t, dsn)
		p := start(t, first)
		stop := p.run(t)
		id := p.upload(t, demo, "a.csv", file(rows))["id"]
		path := fmt.Sprint(imports, "/", id)
		p.expect(t, u1, "POST", path+"/start", mapping("create", "name", "phone", "email"), 202, "")
		rings, quiet, err := p.bus.Listen(ask.BellEvents)
		if err != nil {
			t.Fatal(err)
		}
		defer quiet()
		for created(t, p.log) == 0 {
			<-rings
		}
		stop()
		_, body := p.request(t, demo, "GET", path, "")
		if !strings.Contains(body, `"running"`) {
			t.Fatalf("it was over before it was cut off: %s", body)
		}
		other := startOn(t, second, tenant.NewDirectory(second, tenanttest.Box(t)), func(o *customer.Options) {
			o.Now = func() time.Time { return time.Now().Add(time.Minute) } // long after the first gave a sign of life
		})
		other.run(t)
		done := other.wait(t, id, "done")
		if diff := cmp.Diff(map[string]int{"done": rows, "created": rows}, counts(part(done, "progress"), "done", "created")); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
		if n := p.count(t, "customer_contacts"); n != rows {
			t.Errorf("%d contacts", n)
		}
		if n := created(t, other.log); n != rows {
			t.Errorf("%d contact.created", n)
		}
	})
}

// What a person stops goes no further until it is told to.
func TestStopAndResume(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		id := p.upload(t, demo, "a.csv", file(1000))["id"]
		path := fmt.Sprint(imports, "/", id)
		p.expect(t, u1, "POST", path+"/stop", "", 409, "contact_import.not_now")
		p.expect(t, u1, "POST", path+"/start", mapping("skip", "name", "phone", "email"), 202, "")
		p.expect(t, u1, "POST", path+"/stop", "", 202, `"stopped"`)
		p.run(t)
		p.expect(t, u1, "POST", path+"/resume", "", 202, `"running"`)
		done := p.wait(t, id, "done")
		if got := counts(part(done, "progress"), "created"); got["created"] != 1000 {
			t.Errorf("created %v", got)
		}
		p.expect(t, u1, "DELETE", path, "", 409, "contact_import.not_now")
	})
}

// A person who is erased is not in the files that wait, either.
func TestErasedFromFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		p := start(t, database)
		id := p.upload(t, demo, "a.csv", "name,phone\nAna,0901234567\nBo,0902345678\n")["id"]
		path := fmt.Sprint(imports, "/", id)
		err := p.EraseMentions(t.Context(), &module.Person{Tenant: demo.ID, Region: demo.Region, Keys: []string{"+84901234567"}, Names: []string{"Ana"}})
		if err != nil {
			t.Fatal(err)
		}
		_, body := p.request(t, demo, "GET", path, "")
		if strings.Contains(body, "Ana") || !strings.Contains(body, "Bo") {
			t.Errorf("the file is %s", body)
		}
		p.run(t)
		p.expect(t, u1, "POST", path+"/start", mapping("update", "name", "phone"), 202, "")
		p.wait(t, id, "done")
		if diff := cmp.Diff([]string{"Bo: 0902345678"}, p.contacts(t, demo, nameAndPhone)); diff != "" {
			t.Errorf("contacts (-want +got):\n%s", diff)
		}
	})
}
