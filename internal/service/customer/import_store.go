// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const importColumns = `tenant, id, state, creator, about, plan, progress, next_chunk, step, owner, beat_at, created_at, started_at, finished_at`

var errNoImport = problem.New(problem.NotFound, "contact_import.not_found", "There is no such import.")

// findImport returns an import; NotFound when there is none.
func (s *store) findImport(ctx context.Context, q db.Querier, tenant int64, id string) (Import, error) {
	const query = `
		SELECT ` + importColumns + `
		FROM customer_imports
		WHERE tenant = $1 AND id = $2 AND state <> '` + importUploading + `'`
	if !isID(id) {
		return Import{}, errNoImport
	}
	imports, err := s.queryImports(ctx, q, query, tenant, id)
	if err != nil {
		return Import{}, fmt.Errorf("find import %s: %w", id, err)
	}
	if len(imports) == 0 {
		return Import{}, errNoImport
	}
	return imports[0], nil
}

// listImports returns up to limit imports, newest first, that are older than
// after ("" for the newest).
func (s *store) listImports(ctx context.Context, tenant int64, after string, limit int) ([]Import, error) {
	const query = `
		SELECT ` + importColumns + `
		FROM customer_imports
		WHERE tenant = $1 AND state <> '` + importUploading + `' AND ($2 = '' OR id < $2)
		ORDER BY id DESC
		LIMIT $3`
	imports, err := s.queryImports(ctx, s.db, query, tenant, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return imports, nil
}

// activeImports returns the imports of all tenants that are owner's, or that
// nobody has worked on since stale (Unix ms).
func (s *store) activeImports(ctx context.Context, owner string, stale int64) ([]Import, error) {
	const query = `
		SELECT ` + importColumns + `
		FROM customer_imports
		WHERE state IN ('running', 'undoing') AND (owner = $1 OR beat_at < $2)
		ORDER BY id`
	imports, err := s.queryImports(ctx, s.db, query, owner, stale)
	if err != nil {
		return nil, fmt.Errorf("list active imports: %w", err)
	}
	return imports, nil
}

func (s *store) queryImports(ctx context.Context, q db.Querier, query string, args ...any) (imports []Import, err error) {
	err = db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var i Import
		var about, plan, progress string
		if err := rows.Scan(&i.tenant, &i.ID, &i.State, &i.Creator, &about, &plan, &progress, &i.nextChunk, &i.step, &i.owner, &i.beatAt,
			&i.CreatedAt, &i.StartedAt, &i.FinishedAt); err != nil {
			return err
		}
		for text, into := range map[string]any{about: &i.About, plan: &i.Plan, progress: &i.Progress} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				return err
			}
		}
		imports = append(imports, i)
		return nil
	})
	return imports, err
}

// texts returns what of an import is JSON.
func (i *Import) texts() (about, plan, progress string, err error) {
	var list [3]string
	for n, value := range []any{i.About, i.Plan, i.Progress} {
		text, err := json.Marshal(value)
		if err != nil {
			return "", "", "", fmt.Errorf("encode import %s: %w", i.ID, err)
		}
		list[n] = string(text)
	}
	return list[0], list[1], list[2], nil
}

func (s *store) insertImport(ctx context.Context, tx *eventlog.Tx, i Import) error {
	const query = `INSERT INTO customer_imports (` + importColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	about, plan, progress, err := i.texts()
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, query, i.tenant, i.ID, i.State, i.Creator, about, plan, progress, i.nextChunk, i.step, i.owner, i.beatAt,
		i.CreatedAt, i.StartedAt, i.FinishedAt); err != nil {
		return fmt.Errorf("add import: %w", err)
	}
	return nil
}

// turnImport stores an import that was read in the same transaction.
func (s *store) turnImport(ctx context.Context, tx *eventlog.Tx, i Import) error {
	const query = `
		UPDATE customer_imports
		SET state = $3, about = $4, plan = $5, progress = $6, next_chunk = $7, step = $8, owner = $9, beat_at = $10, started_at = $11, finished_at = $12
		WHERE tenant = $1 AND id = $2`
	about, plan, progress, err := i.texts()
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, query, i.tenant, i.ID, i.State, about, plan, progress, i.nextChunk, i.step, i.owner, i.beatAt,
		i.StartedAt, i.FinishedAt); err != nil {
		return fmt.Errorf("change import %s: %w", i.ID, err)
	}
	return nil
}

// advanceImport stores how far an import is that was where from says. It
// reports false, and has changed nothing, if somebody else has moved it.
func (s *store) advanceImport(ctx context.Context, tx *eventlog.Tx, from, i Import) (bool, error) {
	const query = `
		UPDATE customer_imports
		SET state = $3, progress = $4, next_chunk = $5, step = $6, owner = $7, beat_at = $8, finished_at = $9
		WHERE tenant = $1 AND id = $2 AND state = $10 AND next_chunk = $11 AND step = $12 AND owner = $13`
	_, _, progress, err := i.texts()
	if err != nil {
		return false, err
	}
	result, err := tx.ExecContext(ctx, query, i.tenant, i.ID, i.State, progress, i.nextChunk, i.step, i.owner, i.beatAt, i.FinishedAt,
		from.State, from.nextChunk, from.step, from.owner)
	if err != nil {
		return false, fmt.Errorf("advance import %s: %w", i.ID, err)
	}
	rows, err := result.RowsAffected()
	return rows == 1, err
}

// countImports counts the imports that a tenant has started since.
func (s *store) countImports(ctx context.Context, q db.Querier, tenant, since int64) (count int64, err error) {
	const query = `SELECT COUNT(*) FROM customer_imports WHERE tenant = $1 AND started_at >= $2 AND started_at > 0`
	err = db.EachRow(ctx, q, query, []any{tenant, since}, func(rows *sql.Rows) error { return rows.Scan(&count) })
	if err != nil {
		return 0, fmt.Errorf("count imports: %w", err)
	}
	return count, nil
}

// deleteImport deletes an import with its file.
func (s *store) deleteImport(ctx context.Context, tx *eventlog.Tx, tenant int64, id string) error {
	const query = `DELETE FROM customer_imports WHERE tenant = $1 AND id = $2`
	if err := s.dropChunks(ctx, tx, Import{tenant: tenant, ID: id}); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, query, tenant, id); err != nil {
		return fmt.Errorf("delete import %s: %w", id, err)
	}
	return nil
}

// staleImports returns files that nobody has imported since a time (Unix ms).
func (s *store) staleImports(ctx context.Context, before int64) ([]Import, error) {
	const query = `
		SELECT ` + importColumns + `
		FROM customer_imports
		WHERE state IN ('` + importUploading + `', '` + importUploaded + `') AND created_at < $1
		LIMIT 100`
	imports, err := s.queryImports(ctx, s.db, query, before)
	if err != nil {
		return nil, fmt.Errorf("list stale imports: %w", err)
	}
	return imports, nil
}

var chunkColumns = db.Columns{"tenant BIGINT", "import_id TEXT", "chunk BIGINT", "data BYTEA", "written TEXT"}

// insertChunks adds parts of a file, the first of them being chunk.
func (s *store) insertChunks(ctx context.Context, tx *eventlog.Tx, i Import, chunk int64, data [][]byte) error {
	b := db.NewBatch(chunkColumns, len(data))
	for n, one := range data {
		b.Add(i.tenant, i.ID, chunk+int64(n), one, "")
	}
	if err := s.db.Insert(ctx, tx.Tx, "customer_import_chunks", b); err != nil {
		return fmt.Errorf("store file of import %s: %w", i.ID, err)
	}
	return nil
}

// findChunk returns a part of a file, or what it has become.
func (s *store) findChunk(ctx context.Context, q db.Querier, i Import, chunk int64) (data []byte, written string, err error) {
	const query = `SELECT data, written FROM customer_import_chunks WHERE tenant = $1 AND import_id = $2 AND chunk = $3`
	err = db.EachRow(ctx, q, query, []any{i.tenant, i.ID, chunk}, func(rows *sql.Rows) error { return rows.Scan(&data, &written) })
	if err != nil {
		return nil, "", fmt.Errorf("read chunk %d of import %s: %w", chunk, i.ID, err)
	}
	return data, written, nil
}

// useChunk stores what a part of a file has become, and forgets the part when
// that is all of it.
func (s *store) useChunk(ctx context.Context, tx *eventlog.Tx, i Import, w written, all bool) error {
	const query = `
		UPDATE customer_import_chunks
		SET written = $4, data = CASE WHEN $5 = 1 THEN NULL ELSE data END
		WHERE tenant = $1 AND import_id = $2 AND chunk = $3`
	text, err := json.Marshal(w)
	if err == nil {
		_, err = tx.ExecContext(ctx, query, i.tenant, i.ID, i.nextChunk, string(text), number(all))
	}
	if err != nil {
		return fmt.Errorf("use chunk %d of import %s: %w", i.nextChunk, i.ID, err)
	}
	return nil
}

// waitingChunks returns the parts of a tenant's files that are not imported
// yet: imports with the number of the chunk for their next one.
func (s *store) waitingChunks(ctx context.Context, tenant int64) (chunks []Import, err error) {
	const query = `SELECT import_id, chunk FROM customer_import_chunks WHERE tenant = $1 AND data IS NOT NULL`
	err = db.EachRow(ctx, s.db, query, []any{tenant}, func(rows *sql.Rows) error {
		i := Import{tenant: tenant}
		err := rows.Scan(&i.ID, &i.nextChunk)
		chunks = append(chunks, i)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return chunks, nil
}

// setChunk replaces a part of a file, unless it has been imported meanwhile.
func (s *store) setChunk(ctx context.Context, tx *eventlog.Tx, i Import, data []byte) error {
	const query = `
		UPDATE customer_import_chunks
		SET data = $4
		WHERE tenant = $1 AND import_id = $2 AND chunk = $3 AND data IS NOT NULL`
	if _, err := tx.ExecContext(ctx, query, i.tenant, i.ID, i.nextChunk, data); err != nil {
		return fmt.Errorf("change chunk %d of import %s: %w", i.nextChunk, i.ID, err)
	}
	return nil
}

// dropChunks deletes what is kept of an import's file.
func (s *store) dropChunks(ctx context.Context, tx *eventlog.Tx, i Import) error {
	const query = `DELETE FROM customer_import_chunks WHERE tenant = $1 AND import_id = $2`
	if _, err := tx.ExecContext(ctx, query, i.tenant, i.ID); err != nil {
		return fmt.Errorf("delete file of import %s: %w", i.ID, err)
	}
	return nil
}

// findEmails returns the oldest contact of each e-mail address, as [emailKey]
// writes it; addresses that nobody has are absent.
func (s *store) findEmails(ctx context.Context, q db.Querier, tenant int64, emails []string) (map[string]string, error) {
	const query = `
		SELECT batch.key, COALESCE((
			SELECT c.id
			FROM customer_contacts c
			WHERE c.tenant = batch.tenant AND LOWER(c.email) = batch.key AND c.email <> '' AND c.deleted = 0
			ORDER BY c.tenant, LOWER(c.email), c.id
			LIMIT 1), '')
		FROM batch`
	found := map[string]string{}
	err := s.db.Find(ctx, q, query, keys(tenant, emails), func(rows *sql.Rows) error {
		var email, id string
		err := rows.Scan(&email, &id)
		if id != "" {
			found[email] = id
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find e-mail addresses: %w", err)
	}
	return found, nil
}
