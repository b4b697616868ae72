// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"tandem/internal/db"
	"tandem/internal/eventlog"
	"tandem/internal/problem"
)

const groupColumns = `id, name, description, kind, filter, shared, creator, created_at, updated_at, deleted`

var errNoGroup = problem.New(problem.NotFound, "contact_group.not_found", "There is no such group.")

// findGroup returns a group, deleted or not; NotFound when there is none.
func (s *store) findGroup(ctx context.Context, q db.Querier, tenant int64, id string) (Group, error) {
	const query = `
		SELECT ` + groupColumns + `
		FROM customer_groups
		WHERE tenant = $1 AND id = $2`
	if !isID(id) {
		return Group{}, errNoGroup
	}
	groups, err := s.queryGroups(ctx, q, tenant, query, tenant, id)
	if err != nil {
		return Group{}, fmt.Errorf("find group %s: %w", id, err)
	}
	if len(groups) == 0 {
		return Group{}, errNoGroup
	}
	return groups[0], nil
}

// listGroups returns up to limit groups that somebody may see, newest first,
// that are older than after ("" for the newest).
func (s *store) listGroups(ctx context.Context, tenant int64, me, after string, deleted bool, limit int) ([]Group, error) {
	const query = `
		SELECT ` + groupColumns + `
		FROM customer_groups
		WHERE tenant = $1 AND ($2 = 1 OR deleted = 0) AND ($3 = '' OR id < $3) AND (shared = 1 OR creator = $4)
		ORDER BY id DESC
		LIMIT $5`
	groups, err := s.queryGroups(ctx, s.db, tenant, query, tenant, number(deleted), after, me, limit)
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	return groups, nil
}

func (s *store) queryGroups(ctx context.Context, q db.Querier, tenant int64, query string, args ...any) ([]Group, error) {
	var groups []Group
	err := db.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		g := Group{Contacts: []string{}}
		var shared, deleted int
		var filter string
		err := rows.Scan(&g.ID, &g.Name, &g.Description, &g.Kind, &filter, &shared, &g.Creator, &g.CreatedAt, &g.UpdatedAt, &deleted)
		if err != nil {
			return err
		}
		g.Shared, g.Deleted = shared != 0, deleted != 0
		err = json.Unmarshal([]byte(filter), &g.Filter)
		groups = append(groups, g)
		return err
	})
	if err != nil {
		return nil, err
	}
	ids, at := make([]string, len(groups)), map[string]int{}
	for i := range groups {
		ids[i], at[groups[i].ID] = groups[i].ID, i
	}
	const members = `
		SELECT group_id, contact_id
		FROM customer_group_contacts
		WHERE (tenant, group_id) IN (SELECT tenant, key FROM batch)
		ORDER BY group_id, place`
	err = s.db.Find(ctx, q, members, keys(tenant, ids), func(rows *sql.Rows) error {
		var group, contact string
		err := rows.Scan(&group, &contact)
		if err == nil {
			g := &groups[at[group]]
			g.Contacts = append(g.Contacts, contact)
		}
		return err
	})
	return groups, err
}

func (s *store) insertGroup(ctx context.Context, tx *eventlog.Tx, tenant int64, g Group) error {
	const query = `INSERT INTO customer_groups (tenant, ` + groupColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	filter, err := json.Marshal(g.Filter)
	if err != nil {
		return fmt.Errorf("encode filter: %w", err)
	}
	_, err = tx.ExecContext(ctx, query, tenant, g.ID, g.Name, g.Description, g.Kind, string(filter), number(g.Shared), g.Creator,
		g.CreatedAt, g.UpdatedAt, number(g.Deleted))
	if err != nil {
		return fmt.Errorf("add group: %w", err)
	}
	return nil
}

func (s *store) updateGroup(ctx context.Context, tx *eventlog.Tx, tenant int64, g Group) error {
	const query = `
		UPDATE customer_groups
		SET name = $3, description = $4, kind = $5, filter = $6, shared = $7, updated_at = $8, deleted = $9, creator = $10
		WHERE tenant = $1 AND id = $2`
	filter, err := json.Marshal(g.Filter)
	if err != nil {
		return fmt.Errorf("encode filter: %w", err)
	}
	if _, err := tx.ExecContext(ctx, query, tenant, g.ID, g.Name, g.Description, g.Kind, string(filter), number(g.Shared), g.UpdatedAt,
		number(g.Deleted), g.Creator); err != nil {
		return fmt.Errorf("change group %s: %w", g.ID, err)
	}
	return nil
}

var memberColumns = db.Columns{"tenant BIGINT", "group_id TEXT", "contact_id TEXT", "place BIGINT"}

// setMembers replaces a group's contacts, all of them created by only unless
// that is "", and returns them without repetitions.
func (s *store) setMembers(ctx context.Context, tx *eventlog.Tx, tenant int64, group string, contacts []string, only string) ([]string, error) {
	const clear = `DELETE FROM customer_group_contacts WHERE tenant = $1 AND group_id = $2`
	if _, err := tx.ExecContext(ctx, clear, tenant, group); err != nil {
		return nil, fmt.Errorf("clear group %s: %w", group, err)
	}
	exist, err := s.existing(ctx, tx, tenant, slices.DeleteFunc(slices.Clone(contacts), func(id string) bool { return !isID(id) }), only)
	if err != nil {
		return nil, err
	}
	members, seen := []string{}, map[string]bool{}
	b := db.NewBatch(memberColumns, len(contacts))
	for i, id := range contacts {
		if !exist[id] {
			return nil, problem.NewFields("contact_group.no_such_contact", "The group names a contact that does not exist.",
				problem.Field{Name: fmt.Sprintf("body.contactList[%d]", i), Detail: "must be the _id of a contact"})
		}
		if !seen[id] {
			seen[id] = true
			b.Add(tenant, group, id, int64(len(members)))
			members = append(members, id)
		}
	}
	if err := s.db.Insert(ctx, tx.Tx, "customer_group_contacts", b); err != nil {
		return nil, fmt.Errorf("fill group %s: %w", group, err)
	}
	return members, nil
}

// existing returns which of ids are contacts that are not deleted, and created
// by only unless that is "".
func (s *store) existing(ctx context.Context, q db.Querier, tenant int64, ids []string, only string) (map[string]bool, error) {
	exist := map[string]bool{}
	const query = `
		SELECT id, creator
		FROM customer_contacts
		WHERE (tenant, id) IN (SELECT tenant, key FROM batch) AND deleted = 0`
	err := s.db.Find(ctx, q, query, keys(tenant, ids), func(rows *sql.Rows) error {
		var id, creator string
		err := rows.Scan(&id, &creator)
		exist[id] = only == "" || creator == only
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for contacts: %w", err)
	}
	return exist, nil
}

// leaveGroups takes a contact out of all groups.
func (s *store) leaveGroups(ctx context.Context, tx *eventlog.Tx, tenant int64, contact string) error {
	const query = `DELETE FROM customer_group_contacts WHERE tenant = $1 AND contact_id = $2`
	if _, err := tx.ExecContext(ctx, query, tenant, contact); err != nil {
		return fmt.Errorf("take contact %s out of groups: %w", contact, err)
	}
	return nil
}

// moveMembers puts a contact into the groups that others are in, in their place.
func (s *store) moveMembers(ctx context.Context, tx *eventlog.Tx, tenant int64, from []string, to string) error {
	const join = `
		INSERT INTO customer_group_contacts (tenant, group_id, contact_id, place)
		SELECT tenant, group_id, $3, place
		FROM customer_group_contacts
		WHERE tenant = $1 AND contact_id = $2
		ON CONFLICT (tenant, group_id, contact_id) DO NOTHING`
	for _, id := range from {
		if _, err := tx.ExecContext(ctx, join, tenant, id, to); err != nil {
			return fmt.Errorf("put contact %s into groups: %w", to, err)
		}
	}
	return nil
}

// groupsAbout returns the names of the shared lists that contacts are in, by
// their ids, and the shared groups that are filters.
func (s *store) groupsAbout(ctx context.Context, tenant int64, contacts []string) (names map[string][]string, filters map[string]Group, err error) {
	const query = `
		SELECT m.contact_id, g.id, g.name, ''
		FROM customer_group_contacts m
		JOIN customer_groups g ON g.tenant = m.tenant AND g.id = m.group_id
		WHERE (m.tenant, m.contact_id) IN (SELECT tenant, key FROM batch) AND g.deleted = 0 AND g.shared = 1
		UNION ALL
		SELECT '', g.id, g.name, g.filter
		FROM customer_groups g
		WHERE g.tenant IN (SELECT tenant FROM batch) AND g.kind = 'filter' AND g.deleted = 0 AND g.shared = 1`
	names, filters = map[string][]string{}, map[string]Group{}
	err = s.db.Find(ctx, s.db, query, keys(tenant, contacts), func(rows *sql.Rows) error {
		var contact, filter string
		var group Group
		if err := rows.Scan(&contact, &group.ID, &group.Name, &filter); err != nil {
			return err
		}
		if contact != "" {
			names[contact] = append(names[contact], group.Name)
			return nil
		}
		err := json.Unmarshal([]byte(filter), &group.Filter)
		filters[group.ID] = group
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("find groups of contacts: %w", err)
	}
	return names, filters, nil
}
