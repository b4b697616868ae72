// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"hash/maphash"

	"tandem/internal/identity"
	"tandem/internal/service/customer/contactfile"
)

// trial is what an import would do, in rows of the file.
type trial struct {
	Rows    int64 // of the file
	New     int64
	Changed int64 // contacts that the row says something new of
	Same    int64
	Invalid int64

	Errors      []rowError
	ErrorsTotal int64
}

// triesAtOnce bounds what trials hold in memory: some bytes for each row.
const triesAtOnce = 2

// TryImport says what an import would do, and writes nothing.
func (c *Customer) TryImport(ctx context.Context, t identity.Tenant, id string, mapping []contactfile.Field) (trial, error) {
	i, err := c.store.findImport(ctx, c.store.db, t.ID, id)
	if err != nil {
		return trial{}, err
	}
	if i.State != importUploaded {
		return trial{}, i.notNow()
	}
	if err := i.checkMapping(mapping); err != nil {
		return trial{}, err
	}
	select {
	case c.imports.tries <- struct{}{}:
		defer func() { <-c.imports.tries }()
	case <-ctx.Done():
		return trial{}, ctx.Err()
	}
	r := rehearsal{
		reader: rowReader{region: t.Region, columns: i.About.Columns, mapping: mapping},
		seen:   map[uint64]uint64{}, seed: maphash.MakeSeed(),
	}
	for chunk := range i.About.Chunks {
		data, _, err := c.store.findChunk(ctx, c.store.db, i, chunk)
		if err != nil {
			return trial{}, err
		}
		if data == nil {
			return trial{}, i.notNow() // somebody has just started it
		}
		packed, err := rowsOf(data)
		if err != nil {
			return trial{}, err
		}
		rows := make([]importRow, len(packed))
		for n, row := range packed {
			rows[n] = r.reader.read(row)
		}
		k, err := c.lookUp(ctx, c.store.db, t.ID, rows)
		if err != nil {
			return trial{}, err
		}
		for n := range rows {
			r.take(k, &rows[n])
		}
	}
	p := r.progress
	return trial{
		Rows: p.Done, New: p.Created, Changed: p.Changed, Same: p.Same, Invalid: p.Invalid, Errors: p.Errors, ErrorsTotal: p.ErrorsTotal,
	}, nil
}

// rehearsal is an import that only counts. Of the rows before it remembers no
// more than hashes: who they were about, and what they said.
type rehearsal struct {
	reader   rowReader
	progress importProgress
	seed     maphash.Seed
	seen     map[uint64]uint64
}

func (r *rehearsal) take(k *known, row *importRow) {
	p := &r.progress
	p.Done++
	if len(row.errors) > 0 {
		p.fault(row.errors)
		return
	}
	if h := k.find(&row.words); h != nil {
		after, errors := row.over(h.now, r.reader.region)
		switch {
		case len(errors) > 0:
			p.fault(errors)
		case sameWords(h.now, after):
			p.Same++
		default:
			p.Changed++
		}
		return
	}
	keys := row.words.keys()
	if email := emailKey(row.words.Email); email != "" {
		keys = append(keys, "@"+email)
	}
	says := r.says(&row.words)
	for _, key := range keys {
		if before, ok := r.seen[maphash.String(r.seed, key)]; ok {
			if before == says {
				p.Same++
			} else {
				p.Changed++
			}
			return
		}
	}
	for _, key := range keys {
		r.seen[maphash.String(r.seed, key)] = says
	}
	p.Created++
}

func (r *rehearsal) says(c *Contact) uint64 {
	var h maphash.Hash
	h.SetSeed(r.seed)
	for _, text := range []string{c.FirstName, c.LastName, c.Gender, c.Email, c.Phone, c.CPF, c.Avatar} {
		_, _ = h.WriteString(text) // never fails
		_ = h.WriteByte(0)
	}
	for _, n := range c.Numbers {
		_, _ = h.WriteString(n.Number)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}
