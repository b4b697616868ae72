// SPDX-License-Identifier: Apache-2.0

package thirdparty

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

// store holds the SQL of this package's tables.
type store struct{ db *db.DB }

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// one returns the only item of a list, or missing.
func one[T any](list []T, err, missing error) (T, error) {
	var none T
	if err != nil {
		return none, err
	}
	if len(list) == 0 {
		return none, missing
	}
	return list[0], nil
}

// What is not there.
var (
	errNoTemplate   = problem.New(problem.NotFound, "integration_template.not_found", "There is no such template.")
	errNoIntegrator = problem.New(problem.NotFound, "integrator.not_found", "There is no such integrator.")
	errNoEndpoint   = problem.New(problem.NotFound, "integration_endpoint.not_found", "There is no such endpoint.")
	errNoDelivery   = problem.New(problem.NotFound, "delivery.not_found", "There is no such delivery.")
)

func exec(ctx context.Context, tx *eventlog.Tx, what, query string, args ...any) (rows int64, err error) {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	return result.RowsAffected()
}

func listOf(events []string) string {
	if events == nil {
		events = []string{}
	}
	data, err := json.Marshal(events)
	if err != nil { // texts always have an encoding
		return "[]"
	}
	return string(data)
}

const templateColumns = `id, name, description, events, filter, method, mapping, auth, settings_schema, created_at, updated_at, deleted`

func scanTemplate(rows *sql.Rows) (t Template, err error) {
	var events, schema string
	var deleted int
	err = rows.Scan(&t.ID, &t.Name, &t.Description, &events, &t.Filter, &t.Method, &t.Mapping, &t.Auth, &schema, &t.CreatedAt, &t.UpdatedAt, &deleted)
	t.Schema, t.Deleted = json.RawMessage(schema), deleted != 0
	return t, errors.Join(err, json.Unmarshal([]byte(events), &t.Events))
}

// templates returns a tenant's own templates, deleted ones too.
func (s *store) templates(ctx context.Context, q db.Querier, tenant int64) ([]Template, error) {
	const query = `
		SELECT ` + templateColumns + `
		FROM thirdparty_templates
		WHERE tenant = $1
		ORDER BY id DESC`
	var list []Template
	err := db.EachRow(ctx, q, query, []any{tenant}, func(rows *sql.Rows) error {
		t, err := scanTemplate(rows)
		list = append(list, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	return list, nil
}

// template returns one template, built in or not, that is not deleted.
func (s *store) template(ctx context.Context, q db.Querier, tenant int64, id string) (Template, error) {
	if t, ok := builtIn(id); ok {
		return t, nil
	}
	const query = `
		SELECT ` + templateColumns + `
		FROM thirdparty_templates
		WHERE tenant = $1 AND id = $2`
	var list []Template
	var err error
	if isID(id) {
		err = db.EachRow(ctx, q, query, []any{tenant, id}, func(rows *sql.Rows) error {
			t, err := scanTemplate(rows)
			list = append(list, t)
			return err
		})
	}
	return one(list, err, errNoTemplate)
}

func (s *store) saveTemplate(ctx context.Context, tx *eventlog.Tx, tenant int64, t *Template) error {
	const query = `
		INSERT INTO thirdparty_templates (tenant, ` + templateColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (tenant, id) DO UPDATE
		SET name = excluded.name, description = excluded.description, events = excluded.events, filter = excluded.filter,
			method = excluded.method, mapping = excluded.mapping, auth = excluded.auth, settings_schema = excluded.settings_schema,
			updated_at = excluded.updated_at, deleted = excluded.deleted`
	_, err := exec(ctx, tx, "save template", query, tenant, t.ID, t.Name, t.Description, listOf(t.Events), t.Filter, t.Method, t.Mapping, t.Auth,
		string(t.Schema), t.CreatedAt, t.UpdatedAt, number(t.Deleted))
	return err
}

const integratorColumns = `id, name, description, base_url, auth, login, header, secret, lookup, created_at, updated_at, deleted`

// integrators returns a tenant's integrators behind after, newest first.
func (s *store) integrators(ctx context.Context, q db.Querier, tenant int64, deleted bool, after string, limit int) ([]Integrator, error) {
	const query = `
		SELECT ` + integratorColumns + `
		FROM thirdparty_integrators
		WHERE tenant = $1 AND deleted <= $2 AND ($3 = '' OR id < $3)
		ORDER BY id DESC
		LIMIT $4`
	return s.queryIntegrators(ctx, q, query, tenant, number(deleted), after, limit)
}

func (s *store) integrator(ctx context.Context, q db.Querier, tenant int64, id string) (Integrator, error) {
	const query = `
		SELECT ` + integratorColumns + `
		FROM thirdparty_integrators
		WHERE tenant = $1 AND id = $2`
	var list []Integrator
	var err error
	if isID(id) {
		list, err = s.queryIntegrators(ctx, q, query, tenant, id)
	}
	return one(list, err, errNoIntegrator)
}

func (s *store) queryIntegrators(ctx context.Context, q db.Querier, query string, args ...any) ([]Integrator, error) {
	var list []Integrator
	err := db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var i Integrator
		var lookup string
		var deleted int
		err := rows.Scan(&i.ID, &i.Name, &i.Description, &i.BaseURL, &i.Auth, &i.Login, &i.Header, &i.sealed, &lookup, &i.CreatedAt, &i.UpdatedAt, &deleted)
		i.Deleted = deleted != 0
		if lookup != "" {
			i.Lookup = &Lookup{}
			err = errors.Join(err, json.Unmarshal([]byte(lookup), i.Lookup))
		}
		list = append(list, i)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find integrators: %w", err)
	}
	return list, nil
}

func (s *store) saveIntegrator(ctx context.Context, tx *eventlog.Tx, tenant int64, i *Integrator) error {
	const query = `
		INSERT INTO thirdparty_integrators (tenant, ` + integratorColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (tenant, id) DO UPDATE
		SET name = excluded.name, description = excluded.description, base_url = excluded.base_url, auth = excluded.auth, login = excluded.login,
			header = excluded.header, secret = excluded.secret, lookup = excluded.lookup, updated_at = excluded.updated_at, deleted = excluded.deleted`
	lookup := ""
	if i.Lookup != nil {
		data, err := json.Marshal(i.Lookup)
		if err != nil {
			return fmt.Errorf("encode lookup: %w", err)
		}
		lookup = string(data)
	}
	_, err := exec(ctx, tx, "save integrator", query, tenant, i.ID, i.Name, i.Description, i.BaseURL, i.Auth, i.Login, i.Header, i.sealed, lookup,
		i.CreatedAt, i.UpdatedAt, number(i.Deleted))
	return err
}
