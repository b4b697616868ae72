// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/httpapi"
	"tandem/internal/identity"
	"tandem/internal/module"
	"tandem/internal/problem"
	"tandem/internal/service/customer/contactfile"
)

const (
	importsPath = "/api/v1/contact-imports"

	uploadTime    = 15 * time.Minute             // for a file to arrive
	multipartMore = contactfile.FileBytesMax / 8 // that may stand around it
)

// importRoutes is the table of contents of the API of imports and exports.
func (c *Customer) importRoutes(api *httpapi.API) []module.Route {
	const right = identity.ContactImport
	export := httpapi.Get(api, "/api/v1/contacts/export", identity.ContactExport, "Export contacts as CSV, NDJSON or vCard, newest first", c.exportContacts)
	export.Stream = true // takes as long as there are contacts
	return []module.Route{
		httpapi.Get(api, importsPath, right, "List imports, newest first", c.listImports),
		c.uploadRoute(api),
		httpapi.Get(api, importsPath+"/{id}", right, "Get an import and how far it is", c.getImport),
		httpapi.Delete(api, importsPath+"/{id}", right, "Forget a file that was uploaded", c.deleteImport),
		httpapi.Post(api, importsPath+"/{id}/dry-run", right, "Say what an import would do", c.dryRunImport),
		httpapi.Accept(api, importsPath+"/{id}/start", right, "Start an import", c.startImport),
		httpapi.Accept(api, importsPath+"/{id}/stop", right, "Stop a running import", c.stopImport),
		httpapi.Accept(api, importsPath+"/{id}/resume", right, "Let a stopped import go on", c.resumeImport),
		httpapi.Accept(api, importsPath+"/{id}/undo", right, "Undo an import", c.undoImport),
		export,
	}
}

// importOutput is an import on the wire.
type importOutput struct {
	ID               string           `json:"id"`
	State            string           `json:"state" enum:"uploaded,running,stopped,done,undoing,undone" doc:"A stopped one can go on; see fault"`
	FileName         string           `json:"fileName"`
	Format           string           `json:"format" enum:"csv,vcard"`
	Encoding         string           `json:"encoding" example:"utf-8"`
	Bytes            int64            `json:"bytes"`
	Rows             int64            `json:"rows" doc:"Of the file, the titles not counted"`
	Columns          []string         `json:"columns" doc:"As the first line names them; numbers when it names none"`
	Sample           [][]string       `json:"sample" doc:"The first rows, while the file waits"`
	SuggestedMapping []string         `json:"suggestedMapping" doc:"A mapping by the names of the columns and what is in them"`
	Mapping          []string         `json:"mapping" doc:"The one it was started with"`
	OnDuplicate      string           `json:"onDuplicate" enum:",skip,update,create"`
	Progress         importCounts     `json:"progress"`
	Errors           []rowError       `json:"errors" doc:"The first hundred"`
	ErrorsTotal      int64            `json:"errorsTotal"`
	Fault            string           `json:"fault" doc:"Why it stopped by itself; empty otherwise"`
	Undo             importUndoCounts `json:"undo"`
	Creator          string           `json:"creator" doc:"_id of the agent or key that uploaded it"`
	CreatedAt        time.Time        `json:"createdAt"`
	StartedAt        *time.Time       `json:"startedAt"`
	FinishedAt       *time.Time       `json:"finishedAt"`
}

type importCounts struct {
	Done             int64    `json:"done" doc:"Rows"`
	Total            int64    `json:"total"`
	PerSecond        float64  `json:"perSecond" doc:"Rows; contacts while it is undone"`
	RemainingSeconds *float64 `json:"remainingSeconds" doc:"null when nobody knows"`
	Created          int64    `json:"created"`
	Changed          int64    `json:"changed"`
	Same             int64    `json:"same" doc:"Rows that say what is so already"`
	Skipped          int64    `json:"skipped" doc:"Rows of contacts that were there already"`
	Invalid          int64    `json:"invalid"`
}

// importUndoCounts is how far undoing is, in contacts.
type importUndoCounts struct {
	Done     int64 `json:"done"`
	Total    int64 `json:"total"`
	Removed  int64 `json:"removed" doc:"Created by the import and deleted again"`
	Restored int64 `json:"restored" doc:"Changed by the import and put back"`
	Kept     int64 `json:"kept" doc:"Changed by others since, and left as they are"`
}

type (
	importIDPath struct {
		ID string `path:"id" maxLength:"100" doc:"The import's id"`
	}
	importListInput  struct{ httpapi.Page }
	importListAnswer struct{ Body httpapi.List[importOutput] }
	importAnswer     struct{ Body importOutput }
	importNothing    struct{}
	importMapping    struct {
		Mapping []string `json:"mapping" maxItems:"200" doc:"What each column says: firstName, lastName, name, phone, number (one more; may stand several times), email, gender, cpf, avatar; or empty to leave it out"`
	}
	importDryRunInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The import's id"`
		Body importMapping
	}
	importStartInput struct {
		ID   string `path:"id" maxLength:"100" doc:"The import's id"`
		Body struct {
			Mapping     []string `json:"mapping" maxItems:"200" doc:"As in a dry run"`
			OnDuplicate string   `json:"onDuplicate" enum:"skip,update,create" doc:"What to do with a row whose number or e-mail address a contact has: leave it out, change the contact where the row says something new, or make one more contact"`
		}
	}
	importDryRunAnswer struct {
		Body struct {
			Rows        int64      `json:"rows"`
			New         int64      `json:"new" doc:"Rows that nobody's number or e-mail address is in"`
			Changed     int64      `json:"changed" doc:"Rows that say something new of a contact, or of a row before them"`
			Same        int64      `json:"same" doc:"Rows that say nothing new"`
			Invalid     int64      `json:"invalid" doc:"Rows that are left out, whatever is done with the others"`
			Errors      []rowError `json:"errors" doc:"The first hundred"`
			ErrorsTotal int64      `json:"errorsTotal"`
		}
	}
)

func texts(fields []contactfile.Field) []string {
	list := make([]string, len(fields))
	for n, field := range fields {
		list[n] = string(field)
	}
	return list
}

func fieldsOf(list []string) []contactfile.Field {
	fields := make([]contactfile.Field, len(list))
	for n, text := range list {
		fields[n] = contactfile.Field(text)
	}
	return fields
}

// importOnWire returns an import as it goes over the wire.
func (c *Customer) importOnWire(ctx context.Context, i Import) (importOutput, error) {
	sample, err := c.sampleOf(ctx, i)
	if err != nil {
		return importOutput{}, err
	}
	p := i.Progress
	out := importOutput{
		ID: i.ID, State: i.State, FileName: i.About.Name, Format: string(i.About.Format), Encoding: i.About.Encoding, Bytes: i.About.Bytes,
		Rows: i.About.Rows, Columns: i.About.Columns, Sample: sample, SuggestedMapping: texts(i.About.Suggested), Mapping: texts(i.Plan.Mapping),
		OnDuplicate: i.Plan.OnDuplicate, Errors: p.Errors, ErrorsTotal: p.ErrorsTotal, Fault: p.Fault, Creator: i.Creator,
		CreatedAt: httpapi.Instant(i.CreatedAt), StartedAt: httpapi.Time(i.StartedAt), FinishedAt: httpapi.Time(i.FinishedAt),
		Progress: importCounts{
			Done: p.Done, Total: i.About.Rows, Created: p.Created, Changed: p.Changed, Same: p.Same, Skipped: p.Skipped, Invalid: p.Invalid,
		},
		Undo: importUndoCounts{Done: p.Undone, Total: p.Written, Removed: p.Removed, Restored: p.Restored, Kept: p.Kept},
	}
	if out.Errors == nil {
		out.Errors = []rowError{}
	}
	perSecond, rest := i.pace()
	out.Progress.PerSecond = float64(int64(perSecond*10)) / 10
	if perSecond > 0 && i.FinishedAt == 0 {
		seconds := rest.Round(100 * time.Millisecond).Seconds()
		out.Progress.RemainingSeconds = &seconds
	}
	return out, nil
}

func (c *Customer) answerImport(ctx context.Context, i Import, err error) (*importAnswer, error) {
	if err != nil {
		return nil, err
	}
	out, err := c.importOnWire(ctx, i)
	return &importAnswer{out}, err
}

func (c *Customer) listImports(ctx context.Context, in *importListInput) (*importListAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkCursor(in.After); err != nil {
		return nil, err
	}
	imports, err := c.store.listImports(ctx, t.ID, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	items := make([]importOutput, len(imports))
	for n, i := range imports {
		if items[n], err = c.importOnWire(ctx, i); err != nil {
			return nil, err
		}
	}
	return &importListAnswer{httpapi.Cut(items, in.Limit, func(i importOutput) string { return i.ID })}, nil
}

func (c *Customer) getImport(ctx context.Context, in *importIDPath) (*importAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	i, err := c.store.findImport(ctx, c.store.db, t.ID, in.ID)
	return c.answerImport(ctx, i, err)
}

func (c *Customer) deleteImport(ctx context.Context, in *importIDPath) (*importNothing, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, c.DiscardImport(ctx, t, in.ID)
}

func (c *Customer) dryRunImport(ctx context.Context, in *importDryRunInput) (*importDryRunAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	result, err := c.TryImport(ctx, t, in.ID, fieldsOf(in.Body.Mapping))
	if err != nil {
		return nil, err
	}
	out := &importDryRunAnswer{}
	b := &out.Body
	b.Rows, b.New, b.Changed, b.Same, b.Invalid = result.Rows, result.New, result.Changed, result.Same, result.Invalid
	if b.Errors, b.ErrorsTotal = result.Errors, result.ErrorsTotal; b.Errors == nil {
		b.Errors = []rowError{}
	}
	return out, nil
}

func (c *Customer) startImport(ctx context.Context, in *importStartInput) (*importAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	i, err := c.StartImport(ctx, t, in.ID, importPlan{Mapping: fieldsOf(in.Body.Mapping), OnDuplicate: in.Body.OnDuplicate})
	return c.answerImport(ctx, i, err)
}

// turn makes a handler of what takes an import from one state to another.
func (c *Customer) turn(ctx context.Context, in *importIDPath,
	turn func(context.Context, identity.Tenant, string) (Import, error),
) (*importAnswer, error) {
	t, err := identity.TenantOf(ctx)
	if err != nil {
		return nil, err
	}
	i, err := turn(ctx, t, in.ID)
	return c.answerImport(ctx, i, err)
}

func (c *Customer) stopImport(ctx context.Context, in *importIDPath) (*importAnswer, error) {
	return c.turn(ctx, in, c.StopImport)
}

func (c *Customer) resumeImport(ctx context.Context, in *importIDPath) (*importAnswer, error) {
	return c.turn(ctx, in, c.ResumeImport)
}

func (c *Customer) undoImport(ctx context.Context, in *importIDPath) (*importAnswer, error) {
	return c.turn(ctx, in, c.UndoImport)
}

// uploadRoute is a plain handler: a file is larger than what typed requests may
// carry, and takes longer.
func (c *Customer) uploadRoute(api *httpapi.API) module.Route {
	file := &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	api.Describe(&huma.Operation{
		Method: http.MethodPost, Path: importsPath, Summary: "Upload a file of contacts to import", Tags: []string{"contact-imports"},
		Description: "Needs the right `" + identity.ContactImport + "`. A CSV file or vCards of version 3 or 4, up to 50 MB and 200,000 rows, " +
			"as the body or as the first file of a form. Separator and encoding are found out. What is not imported within a day is deleted.",
		Security: []map[string][]string{{"session": {}}, {"basic": {}}, {"apiKey": {}}},
		Parameters: []*huma.Param{{
			Name: "fileName", In: "query", Description: "What to call the file when it is the body", Schema: &huma.Schema{Type: "string"},
		}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"text/csv": file, "text/vcard": file, "application/octet-stream": file,
			"multipart/form-data": {Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"file": file.Schema}}},
		}},
		Responses: map[string]*huma.Response{
			"201": {
				Description: "The import: `id`, `columns`, `sample`, `suggestedMapping` and what `GET` tells",
				Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/ImportOutput"}}},
			},
			"default": {Description: "A problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}},
		},
	})
	return module.Route{
		Method: http.MethodPost, Pattern: importsPath, Right: identity.ContactImport, Stream: true,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out, err := c.upload(w, r)
			if err != nil {
				if problem.Of(err).Kind == problem.Internal && r.Context().Err() == nil {
					c.imports.logger.ErrorContext(r.Context(), "upload not kept", "error", err)
				}
				httpapi.WriteProblem(w, err)
				return
			}
			httpapi.WriteJSON(w, http.StatusCreated, out)
		}),
	}
}

func (c *Customer) upload(w http.ResponseWriter, r *http.Request) (importOutput, error) {
	t, err := identity.TenantOf(r.Context())
	if err != nil {
		return importOutput{}, err
	}
	select {
	case c.imports.uploads <- struct{}{}:
		defer func() { <-c.imports.uploads }()
	default:
		return importOutput{}, problem.Retry(uploadWait, problem.New(problem.TooMany, "contact_import.busy", "Other files are being uploaded; try again in a few seconds."))
	}
	// A recorder in a test has no deadlines.
	_ = http.NewResponseController(w).SetReadDeadline(c.now().Add(uploadTime))
	if r.Header.Get("Content-Encoding") != "" {
		return importOutput{}, problem.New(problem.Invalid, "contact_import.compressed", "Send the file as it is, without Content-Encoding.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, contactfile.FileBytesMax+multipartMore)
	body, name := io.Reader(r.Body), r.URL.Query().Get("fileName")
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && kind == "multipart/form-data" {
		if body, name, err = fileOf(r); err != nil {
			return importOutput{}, err
		}
	}
	i, err := c.Upload(r.Context(), t, name, body)
	if err != nil {
		return importOutput{}, err
	}
	return c.importOnWire(r.Context(), i)
}

// fileOf returns the first file of a form, and its name.
func fileOf(r *http.Request) (io.Reader, string, error) {
	missing := problem.NewFields("request.invalid", "There is no file in the form.", problem.Field{Name: "body.file", Detail: "must be a file"})
	form, err := r.MultipartReader()
	if err != nil {
		return nil, "", missing
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, "", missing
		}
		if part.FileName() != "" {
			return part, part.FileName(), nil
		}
	}
}
