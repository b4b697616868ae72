// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"tandem/internal/db"
)

const (
	spellingsMost = 16  // words that begin alike and are followed one by one
	postingRows   = 512 // contacts of a word that are read at a time
)

// posting is the contacts of one word, the newest first, as far as they are
// read.
type posting struct {
	word string
	ids  []string
	all  bool // there are no more
}

// meeting finds the contacts that have a word of each of several groups, where
// each word alone is frequent. It follows the words side by side from the
// newest contact on, so that a page is found without reading all of any.
type meeting struct {
	s      *store
	tenant int64
	groups [][]*posting
	below  string // the contacts from this one on were given already
}

// meet returns the meeting of those groups of q whose words are few, nil if
// there are not two such groups.
func (s *store) meet(ctx context.Context, tenant int64, q query, after string) (*meeting, error) {
	m := &meeting{s: s, tenant: tenant, below: cmp.Or(after, lastWord)}
	for _, group := range q.groups {
		if len(group) > 1 { // a number, of which each has its own words
			continue
		}
		words, err := s.spellings(ctx, tenant, group[0])
		if err != nil {
			return nil, err
		}
		if len(words) > spellingsMost {
			continue
		}
		postings := make([]*posting, len(words))
		for i, word := range words {
			postings[i] = &posting{word: word}
		}
		m.groups = append(m.groups, postings)
	}
	if len(m.groups) < 2 {
		return nil, nil //nolint:nilnil // there is none
	}
	return m, nil
}

// spellings returns the words that begin with start, up to one more than are
// followed one by one. It goes from one to the next in the index, past all
// their contacts.
func (s *store) spellings(ctx context.Context, tenant int64, start string) (words []string, err error) {
	const query = `
		SELECT word
		FROM customer_words
		WHERE tenant = $1 AND word > $2 AND word < $3
		ORDER BY word
		LIMIT 1`
	const exact = `
		SELECT word
		FROM customer_words
		WHERE tenant = $1 AND word = $2
		LIMIT 1`
	next := func(query string, args ...any) (bool, error) {
		var word string
		err := s.db.QueryRowContext(ctx, query, args...).Scan(&word)
		if errors.Is(err, sql.ErrNoRows) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("list words: %w", err)
		}
		words = append(words, word)
		return true, nil
	}
	if _, err := next(exact, tenant, start); err != nil {
		return nil, err
	}
	for last := start; len(words) <= spellingsMost; last = words[len(words)-1] {
		if found, err := next(query, tenant, last, start+lastWord); err != nil || !found {
			return words, err
		}
	}
	return words, nil
}

// next returns the next newest contacts that meet, in the order of their ids,
// and whether there may be more.
func (m *meeting) next(ctx context.Context) (ids []string, more bool, err error) {
	// Down to bound all words are read: what is there is all that meets.
	bound := ""
	for _, group := range m.groups {
		for _, p := range group {
			if err := m.fill(ctx, p); err != nil {
				return nil, false, err
			}
			if !p.all {
				bound = max(bound, p.ids[len(p.ids)-1])
			}
		}
	}
	for i, group := range m.groups {
		var of []string
		for _, p := range group {
			of = append(of, p.take(bound)...)
		}
		slices.Sort(of)
		of = slices.Compact(of)
		if i == 0 {
			ids = of
			continue
		}
		ids = slices.DeleteFunc(ids, func(id string) bool {
			_, in := slices.BinarySearch(of, id)
			return !in
		})
	}
	m.below = bound
	return ids, bound != "", nil
}

// fill reads on if nothing of p is left.
func (m *meeting) fill(ctx context.Context, p *posting) error {
	const query = `
		SELECT contact
		FROM customer_words
		WHERE tenant = $1 AND word = $2 AND contact < $3
		ORDER BY contact DESC
		LIMIT $4`
	if p.all || len(p.ids) > 0 {
		return nil
	}
	err := db.EachRow(ctx, m.s.db, query, []any{m.tenant, p.word, m.below, postingRows}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		p.ids = append(p.ids, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("list contacts of a word: %w", err)
	}
	p.all = len(p.ids) < postingRows
	return nil
}

// take removes and returns the contacts of p that are not older than bound.
func (p *posting) take(bound string) []string {
	n := 0
	for n < len(p.ids) && p.ids[n] >= bound {
		n++
	}
	taken := p.ids[:n]
	p.ids = p.ids[n:]
	return taken
}
