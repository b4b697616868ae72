// SPDX-License-Identifier: Apache-2.0

package search_test

import (
	"slices"
	"strings"
	"testing"

	"tandem/internal/search"
)

// A name that was mistyped is found, one that is like none is not.
func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"firstName", "lastName", "phone", "email"}
	for name, want := range map[string]string{
		"fistName": "firstName", "phne": "phone", "colour": "", "": "", "e-mail": "email", strings.Repeat("x", 1000): "",
	} {
		if got := search.Nearest(name, known); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Words are found whatever their case, accents and order, and what LIKE reads
// as its own signs is looked for as it stands.
func TestPlain(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Nguyễn Văn A":      "nguyen van a",
		"Đặng Thị Ánh":      "dang thi anh",
		"João da Conceição": "joao da conceicao",
		" a\t b\x00c ":      "a bc",
		"ＡＢＣ ①":             "abc 1",
	}
	for text, want := range tests {
		if got := search.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := search.Patterns(`50%_\ Ố`); !slices.Equal(got, []string{`%50\%\_\\%`, `%o%`}) {
		t.Errorf("patterns %q", got)
	}
	if got := search.Patterns("a b c d e f g h i j"); len(got) != 8 {
		t.Errorf("%d words are looked for", len(got))
	}
	if got := search.Patterns(" "); len(got) != 0 {
		t.Errorf("nothing is looked for with %q", got)
	}
}
