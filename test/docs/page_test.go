// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a page.
type block struct {
	line     int // of its first fence
	language string
	file     string // that it is written to, if its fence names one
	text     string
	marks    []mark // of the comments before it
	answer   *block // what a reader is told that it answers; nil if nothing is shown
}

// mark is what a comment before a block says of how it is run:
// <!-- test: word rest -->.
type mark struct{ word, rest string }

// marks are the words there are, and whether something has to follow them.
var marks = map[string]bool{"skip": true, "keep": true, "exit": true, "needs": true, "stream": false, "again": false, "refused": false}

func (b *block) mark(word string) (rest string, here bool) {
	i := slices.IndexFunc(b.marks, func(m mark) bool { return m.word == word })
	if i < 0 {
		return "", false
	}
	return b.marks[i].rest, true
}

func (b *block) has(word string) bool {
	_, here := b.mark(word)
	return here
}

// runs reports whether the block is a script.
func (b *block) runs() bool { return b.language == "sh" }

// asks reports whether a line of the block is a command that a reader would
// type.
func (b *block) asks() bool {
	for line := range strings.Lines(b.text) {
		for _, program := range []string{"curl ", "tandem ", "bin/tandem "} {
			if strings.HasPrefix(strings.TrimPrefix(line, "$ "), program) {
				return true
			}
		}
	}
	return false
}

// parsePage returns the fenced blocks of a page in Markdown. Faults are what
// the test cannot make sense of.
func parsePage(page string) (blocks []*block, faults []string) {
	fault := func(line int, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("line %d: ", line)+fmt.Sprintf(format, args...))
	}
	var (
		open    *block
		fence   string
		pending []mark
		script  *block // that only empty lines follow so far
	)
	number := 0
	for line := range strings.Lines(page) {
		number++
		text := strings.TrimRight(line, "\r\n")
		switch {
		case open != nil && text == fence:
			blocks = append(blocks, open)
			script = nil
			if open.runs() {
				script = open
			}
			open = nil
		case open != nil:
			open.text += text + "\n"
		case strings.HasPrefix(text, "```"):
			info := strings.Fields(strings.TrimLeft(text, "`"))
			fence = text[:len(text)-len(strings.TrimLeft(text, "`"))]
			open = &block{line: number, marks: pending}
			pending = nil
			if len(info) > 0 {
				open.language = info[0]
			}
			if len(info) > 1 {
				open.file = info[1]
			}
			if script != nil && (open.language == "json" || open.language == "text") {
				script.answer = open
			}
		case strings.TrimSpace(text) == "":
		case strings.HasPrefix(text, "<!-- test:"):
			word, rest, _ := strings.Cut(strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, "<!-- test:"), "-->")), " ")
			needs, known := marks[word]
			if !known || needs != (rest != "") {
				fault(number, "%q is no mark, or lacks what has to follow it, or has too much", text)
			}
			pending = append(pending, mark{word, rest})
			script = nil
		default:
			script = nil
			if len(pending) > 0 {
				fault(number, "a mark has to stand right before a block")
				pending = nil
			}
		}
	}
	if open != nil {
		fault(open.line, "the block does not end")
	}
	return blocks, faults
}

// A page's blocks are found with what is said of them, and what cannot be
// meant is told.
func TestParsePage(t *testing.T) {
	t.Parallel()
	fence := "```"
	page := strings.ReplaceAll(`# Title

<!-- test: keep ID = items/0/id -->
<!-- test: again -->

'''sh
curl x
'''

'''json
{"a":1}
'''

'''go follow.go
package main
'''

'''sh
tandem doctor
'''

Prose.

'''text
not an answer
'''
`, "'''", fence)
	blocks, faults := parsePage(page)
	if len(faults) != 0 || len(blocks) != 5 {
		t.Fatalf("%d blocks, %v", len(blocks), faults)
	}
	first := blocks[0]
	if rest, _ := first.mark("keep"); rest != "ID = items/0/id" || !first.has("again") || first.text != "curl x\n" || first.line != 6 {
		t.Errorf("%+v", first)
	}
	if first.answer != blocks[1] || blocks[3].answer != nil || blocks[2].file != "follow.go" || !blocks[3].asks() || blocks[4].asks() {
		t.Errorf("%+v", blocks)
	}
	for _, wrong := range []string{"<!-- test: skip -->\n```sh\n```\n", "<!-- test: dance -->\n```sh\n```\n", "<!-- test: again -->\nProse.\n", "```sh\n", "<!-- test: again now -->\n```sh\n```\n"} {
		if _, faults := parsePage(wrong); len(faults) != 1 {
			t.Errorf("%q: %q", wrong, faults)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
