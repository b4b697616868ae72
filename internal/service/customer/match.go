// SPDX-License-Identifier: Apache-2.0

package customer

import (
	"context"
	"fmt"
	"strings"

	"tandem/internal/ask"
	"tandem/internal/eventlog"
	"tandem/internal/phone"
)

// claim says whose a number is, and which call brought it.
type claim struct {
	key       string
	contact   string
	name      string // of the contact; "" if it is known by its number only
	connector int64  // 0 when a person entered the number
	callID    string // "" when a person entered the number
}

// Match says who the callers are and, unless the question is a dry run,
// registers a contact for each number that nobody has. It answers
// [ask.MatchCallers]: asked again about the same call it says the same, and of
// any number of calls from a new number exactly one is new.
func (c *Customer) Match(ctx context.Context, q ask.MatchCallersQuestion) ([]ask.Match, error) {
	matches := make([]ask.Match, len(q.Callers))
	var keys []string
	for i := range q.Callers {
		caller := &q.Callers[i]
		caller.Number = storable(caller.Number)
		matches[i].MatchKey = phone.MatchKey(caller.Number, q.Region)
		matches[i].Withheld = matches[i].MatchKey == ""
		if !matches[i].Withheld {
			keys = append(keys, matches[i].MatchKey)
		}
	}
	claims, err := c.store.findClaims(ctx, c.store.db, q.Tenant, keys)
	if err != nil {
		return nil, err
	}
	if !q.DryRun && anyUnclaimed(keys, claims) {
		if claims, err = c.register(ctx, q, matches); err != nil {
			return nil, err
		}
	}
	contacts, listed := []string(nil), map[string]bool{}
	for i := range matches {
		m, caller := &matches[i], q.Callers[i]
		if m.Withheld {
			continue
		}
		owner, known := claims[m.MatchKey]
		brought := caller.CallID != "" && owner.connector == caller.Connector && owner.callID == caller.CallID
		m.New, m.ContactID, m.Name = !known || brought, owner.contact, owner.name
		if known && !listed[owner.contact] {
			listed[owner.contact] = true
			contacts = append(contacts, owner.contact)
		}
	}
	groups, err := c.groupsOf(ctx, q.Tenant, q.Region, contacts)
	if err != nil {
		return nil, err
	}
	for i := range matches {
		matches[i].Groups = groups[matches[i].ContactID]
	}
	return matches, nil
}

// numberBytesMax is longer than any number is written. PostgreSQL could not
// index one of a few thousand.
const numberBytesMax = 200

// storable leaves out what no database can hold. A number may have been typed
// by anybody.
func storable(text string) string {
	if len(text) > numberBytesMax {
		text = text[:numberBytesMax]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

func anyUnclaimed(keys []string, claims map[string]claim) bool {
	for _, key := range keys {
		if _, ok := claims[key]; !ok {
			return true
		}
	}
	return false
}

// register adds a contact and a claim for each number that has none, and
// returns the claims on all of them. Of several calls of one number in a
// batch, the first brought it.
func (c *Customer) register(ctx context.Context, q ask.MatchCallersQuestion, matches []ask.Match) (claims map[string]claim, err error) {
	err = c.change(ctx, func(ctx context.Context, tx *eventlog.Tx) error {
		keys := make([]string, 0, len(matches))
		for _, m := range matches {
			if !m.Withheld {
				keys = append(keys, m.MatchKey)
			}
		}
		// Looked up again under the log's lock: another process may have been first.
		if claims, err = c.store.findClaims(ctx, tx, q.Tenant, keys); err != nil {
			return err
		}
		var added []Contact
		var fresh []claim
		now := c.now().UnixMilli()
		for i, m := range matches {
			if _, ok := claims[m.MatchKey]; ok || m.Withheld {
				continue
			}
			id, err := newID()
			if err != nil {
				return err
			}
			caller := q.Callers[i]
			contact := Contact{ID: id, Phone: caller.Number, CreatedAt: now, UpdatedAt: now}
			contact.key(q.Region)
			owner := claim{key: m.MatchKey, contact: id, connector: caller.Connector, callID: caller.CallID}
			claims[m.MatchKey] = owner
			added, fresh = append(added, contact), append(fresh, owner)
		}
		if err := c.store.insert(ctx, tx, q.Tenant, added); err != nil {
			return err
		}
		if err := c.store.claim(ctx, tx, q.Tenant, fresh); err != nil {
			return err
		}
		return appendContact(ctx, tx, q.Tenant, typeCreated, added...)
	})
	if err != nil {
		return nil, fmt.Errorf("register callers: %w", err)
	}
	return claims, nil
}

// Name finds the contacts behind match keys; it answers [ask.NameCallers].
func (c *Customer) Name(ctx context.Context, q ask.NamesQuestion) (map[string]ask.CallerName, error) {
	keys := make([]string, len(q.Keys))
	for i, key := range q.Keys {
		keys[i] = storable(key)
	}
	claims, err := c.store.findClaims(ctx, c.store.db, q.Tenant, keys)
	if err != nil {
		return nil, err
	}
	answer := make(map[string]ask.CallerName, len(claims))
	for key, owner := range claims {
		answer[key] = ask.CallerName{ContactID: owner.contact, Name: owner.name}
	}
	return answer, nil
}
