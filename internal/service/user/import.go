// SPDX-License-Identifier: Apache-2.0

package user

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tandem/internal/eventlog"
	"tandem/internal/identity"
	"tandem/internal/problem"
	"tandem/internal/search"
	"tandem/internal/sheet"
)

const importRowsMax = 1000

// importColumns are the columns that a file of agents may have, and what each
// sets. They are found whatever their case and separators: "E-mail" is email.
var importColumns = map[string]func(*Agent, string){
	"login":     func(a *Agent, cell string) { a.Login = cell },
	"name":      func(a *Agent, cell string) { a.Name = cell },
	"email":     func(a *Agent, cell string) { a.Email = cell },
	"extension": func(a *Agent, cell string) { a.Extension = cell },
	"idsip":     func(a *Agent, cell string) { a.IDSip = cell },
	"role":      func(a *Agent, cell string) { a.Role = cmp.Or(cell, a.Role) }, // an empty cell demotes nobody
	"device":    func(a *Agent, cell string) { a.Device = cmp.Or(strings.ToLower(cell), a.Device) },
	"queues": func(a *Agent, cell string) {
		a.Queues = strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(" ,;|/", r) })
	},
}

// importError is what is wrong with one row.
type importError struct {
	Row    int    `json:"row" doc:"Line of the file; that of the columns is 1"`
	Field  string `json:"field" doc:"Column; empty when it is the row as a whole"`
	Detail string `json:"detail"`
}

// imported is what came of a file.
type imported struct {
	created, changed, unchanged int
	errors                      []importError
	agents                      []importedAgent
}

type importedAgent struct {
	row   int
	agent Agent
}

// agentFile is a file of agents that is being read.
type agentFile struct {
	*sheet.Reader

	columns []string       // what each is, by importColumns
	seen    map[string]int // logins, by their line
	roles   map[string]string
}

// openAgentFile reads the columns of a file.
func openAgentFile(text []byte) (*agentFile, error) {
	r, err := sheet.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	f := &agentFile{Reader: r, seen: map[string]int{}, roles: map[string]string{}}
	var fields []problem.Field
	for i, title := range r.Columns {
		column := strings.NewReplacer(" ", "", "_", "", "-", "").Replace(search.Text(title))
		detail := ""
		switch {
		case column == "password":
			detail = "is not taken from files; send invitations instead"
		case importColumns[column] == nil:
			detail = "is no column of agents; there are login, name, email, extension, idSip, role, queues and device"
		case slices.Contains(f.columns, column):
			detail = "is there twice"
		}
		if detail != "" {
			fields = append(fields, problem.Field{Name: fmt.Sprintf("columns[%d]", i), Detail: detail})
		}
		f.columns = append(f.columns, column)
	}
	if !slices.Contains(f.columns, "login") {
		fields = append(fields, problem.Field{Name: "columns", Detail: "must have login, by which agents are known"})
	}
	if len(fields) > 0 {
		return nil, problem.NewFields("agent.bad_columns", "The file cannot be read as agents.", fields...)
	}
	return f, nil
}

// fill writes a row's cells into an agent. A role may be called by its name.
func (f *agentFile) fill(a *Agent, cells []string) {
	for i, column := range f.columns {
		if i < len(cells) {
			importColumns[column](a, strings.TrimSpace(cells[i]))
		}
	}
	if id, ok := f.roles[search.Text(a.Role)]; ok {
		a.Role = id
	}
}

var errTried = errors.New("tried")

// try does the work of a transaction and takes it back.
func (u *Users) try(ctx context.Context, work func(context.Context, *eventlog.Tx) error) error {
	err := u.Log.Transact(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		if err := work(ctx, tx); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// ImportAgents creates and changes agents as a file says: a login that is known
// is changed in the columns that the file has. Rows with faults are left out
// and told of; the others count. With dryRun nothing is kept.
func (u *Users) ImportAgents(ctx context.Context, t identity.Tenant, text []byte, dryRun bool) (imported, error) {
	f, err := openAgentFile(text)
	if err != nil {
		return imported{}, err
	}
	own, err := u.store.listOwnRoles(ctx, u.Database, t.ID, false)
	if err != nil {
		return imported{}, err
	}
	for _, r := range append(builtIn(), own...) {
		f.roles[search.Text(r.Name)] = r.ID
	}
	write := u.Log.Transact
	if dryRun {
		write = u.try
	}
	var result imported
	for rows := 1; ; rows++ {
		cells, line, err := f.Next()
		if errors.Is(err, io.EOF) {
			return result, nil
		}
		if rows > importRowsMax {
			result.errors = append(result.errors, importError{Row: line, Detail: fmt.Sprintf("This row and those behind it are left out: a file may have %d.", importRowsMax)})
			return result, nil
		}
		if err == nil {
			err = u.importRow(ctx, t, f, cells, line, write, &result)
		}
		if err := result.fault(line, err); err != nil {
			return result, err
		}
		if problem.Of(err).Code == "sheet.unreadable" {
			result.errors[len(result.errors)-1].Detail += " This row and those behind it are left out."
			return result, nil // what follows is read as something else
		}
	}
}

// fault adds what is wrong with a row. What is not the row's fault it returns.
func (r *imported) fault(line int, err error) error {
	p := problem.Of(err)
	switch p.Kind {
	case problem.Internal, problem.Unavailable:
		return err // nil, too
	}
	if len(p.Fields) == 0 {
		r.errors = append(r.errors, importError{Row: line, Detail: p.Detail})
	}
	for _, field := range p.Fields {
		r.errors = append(r.errors, importError{Row: line, Field: strings.TrimPrefix(field.Name, "body."), Detail: field.Detail})
	}
	return nil
}

func (u *Users) importRow(ctx context.Context, t identity.Tenant, f *agentFile, cells []string, line int, write transact, result *imported) error {
	var words Agent
	f.fill(&words, cells)
	login := normalLogin(words.Login)
	if first, ok := f.seen[login]; ok {
		return badAgent(problem.Field{Name: "login", Detail: fmt.Sprintf("is that of line %d as well", first)})
	}
	f.seen[login] = line
	known, err := u.store.findByLogin(ctx, login)
	switch {
	case problem.Of(err).Kind == problem.NotFound || err == nil && known.Tenant != t.ID:
		a, err := u.createOne(ctx, t, words, "", write)
		if err == nil {
			result.created++
			result.agents = append(result.agents, importedAgent{line, a})
		}
		return err
	case err != nil:
		return err
	}
	before, err := u.store.findAgent(ctx, u.Database, t.ID, known.ID, false)
	if err != nil {
		return err
	}
	after := before
	f.fill(&after, cells)
	after.normalize()
	if agentsEqual(before, after) {
		result.unchanged++
		return nil
	}
	if _, err = u.updateOne(ctx, t, known.ID, func(a *Agent) { f.fill(a, cells) }, write); err == nil {
		result.changed++
	}
	return err
}

// agentsEqual reports whether two agents say the same.
func agentsEqual(a, b Agent) bool {
	return a.User == b.User && a.IDSip == b.IDSip && a.Device == b.Device && slices.Equal(a.Queues, b.Queues)
}
