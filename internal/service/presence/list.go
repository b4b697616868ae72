// SPDX-License-Identifier: Apache-2.0

package presence

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"tandem/internal/ask"
	"tandem/internal/phone"
	"tandem/internal/problem"
	"tandem/internal/search"
)

// choose returns the agents that a search finds and that are in one of the
// states, if any are given, and how many the search finds of each state.
func choose(all []ask.AgentState, text string, only []string) (found []ask.AgentState, counts map[string]int) {
	counts = map[string]int{}
	for _, s := range states {
		counts[string(s)] = 0
	}
	words, digits := strings.Fields(search.Plain(text)), phone.Digits(text)
	for i := range all {
		if !finds(&all[i], words, digits) {
			continue
		}
		counts[all[i].State]++
		if len(only) == 0 || slices.Contains(only, all[i].State) {
			found = append(found, all[i])
		}
	}
	return found, counts
}

// finds reports whether each word is in what an agent is called, or the digits
// in their number.
func finds(s *ask.AgentState, words []string, digits string) bool {
	text := search.Text(s.Name, s.Login, s.Extension)
	all := !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
	return all || digits != "" && strings.Contains(s.Extension, digits)
}

// cursor is the place of an agent in any order.
type cursor struct {
	State string `json:"s"`
	Since int64  `json:"t"`
	Name  string `json:"n"`
	ID    string `json:"i"`
}

func placeOf(s *ask.AgentState) cursor { return cursor{s.State, s.Since, search.Plain(s.Name), s.ID} }

// cursorOf returns the cursor of a page that ends with s.
func cursorOf(s *ask.AgentState) string {
	text, err := json.Marshal(placeOf(s))
	if err != nil {
		return "" // texts and numbers can always be written
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseCursor reads a [cursorOf]; nil for none.
func parseCursor(text string) (*cursor, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // the first page
	}
	var c cursor
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(decoded, &c)
	}
	if err != nil {
		return nil, problem.NewFields("request.invalid", "The page does not exist.",
			problem.Field{Name: "query.after", Detail: "must be the next value of an earlier page"})
	}
	return &c, nil
}

// pageOf returns up to limit agents behind a place, in the order asked for.
func pageOf(list []ask.AgentState, sort string, from *cursor, limit int) []ask.AgentState {
	order := orderBy(sort)
	slices.SortFunc(list, func(a, b ask.AgentState) int { return order(placeOf(&a), placeOf(&b)) })
	if from != nil {
		list = slices.DeleteFunc(list, func(s ask.AgentState) bool { return order(placeOf(&s), *from) <= 0 })
	}
	return list[:min(limit, len(list))]
}

// orderBy returns how two places compare. The last word is the id's, so that
// no two are alike.
func orderBy(sort string) func(a, b cursor) int {
	key, turned := strings.CutPrefix(sort, "-")
	return func(a, b cursor) int {
		var by int
		switch key {
		case "since":
			by = bySince(a, b)
		case "name":
			by = cmp.Compare(a.Name, b.Name)
		default:
			by = cmp.Or(cmp.Compare(State(a.State).rank(), State(b.State).rank()), bySince(a, b))
		}
		if turned {
			by = -by
		}
		return cmp.Or(by, cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	}
}

// bySince puts those first who have been in their state longest, and last of
// whom it is not known.
func bySince(a, b cursor) int { return cmp.Compare(known(a.Since), known(b.Since)) }

func known(at int64) int64 {
	if at == 0 {
		return math.MaxInt64
	}
	return at
}
