// SPDX-License-Identifier: Apache-2.0

// Package docs_test does what the pages of the documentation tell their
// readers to do, in the same order, against the built program, and holds what
// is answered against what they show. README.md says how pages are marked.
package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var (
	binary     string // the program, built once
	curlFolder string // where the curl of the pages is
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "tandem-docs")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "bin", "tandem")
		if out, err := exec.Command("go", "build", "-o", binary, root+"/cmd/tandem").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build tandem: %v\n%s", err, out)
			return 1
		}
		if curlFolder, err = wrapCurl(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// wrapCurl makes a curl that fails when a request is refused and the page does
// not show that it is. Otherwise a page could go wrong without anybody noticing.
func wrapCurl(dir string) (string, error) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		return "", err
	}
	folder := filepath.Join(dir, "curl")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	script := "#!/bin/sh\nexec " + curl + " ${TANDEM_DOCS_FAIL:+--fail-with-body} --no-progress-meter \"$@\"\n"
	return folder, os.WriteFile(filepath.Join(folder, "curl"), []byte(script), 0o700)
}

// pages are the files that are tested, seen from the root.
func pages(t *testing.T) []string {
	t.Helper()
	list := []string{"README.md", "CONTRIBUTING.md"}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			inside, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, filepath.ToSlash(inside))
		}
	}
	return list
}

// What a page tells its readers to do can be done, and answers what it shows.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		blocks, faults := parsePage(read(t, filepath.Join(root, page)))
		for _, fault := range faults {
			t.Errorf("%s: %s", page, fault)
		}
		for _, b := range blocks {
			if !b.runs() && b.asks() {
				t.Errorf("%s: line %d: what readers are to type belongs into a block ```sh, so that it is tried", page, b.line)
			}
		}
		if !slices.ContainsFunc(blocks, func(b *block) bool { return b.runs() && !b.has("skip") }) {
			continue
		}
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			for _, b := range blocks {
				w.do(b)
			}
			w.finish()
		})
	}
}

var (
	linked  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	noLink  = regexp.MustCompile("(?s)```.*?\n```|`[^`\n]*`")
)

// anchor returns how the usual renderers name a heading.
func anchor(heading string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case strings.ContainsRune("`.,:;!?()/'\"*+&–…", r):
			return -1
		default:
			return r
		}
	}, strings.ToLower(heading))
	return strings.TrimSpace(kept)
}

// Links between pages lead somewhere.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		text := noLink.ReplaceAllString(read(t, filepath.Join(root, page)), "")
		for _, match := range linked.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			target, part, _ := strings.Cut(match[1], "#")
			path := filepath.Join(root, page)
			if target != "" {
				path = filepath.Join(root, filepath.Dir(page), target)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
				continue
			}
			found := slices.ContainsFunc(heading.FindAllStringSubmatch(contents(path), -1), func(h []string) bool { return anchor(h[1]) == part })
			if part != "" && !found {
				t.Errorf("%s links to %s, which has no such heading", page, match[1])
			}
		}
	}
}

// contents returns a file's text, or nothing if it is a folder.
func contents(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

var (
	metric       = regexp.MustCompile(`"(tandem_[a-z_]+_(?:total|seconds|clients|jobs))"`)
	metricListed = regexp.MustCompile("(?m)^\\| `(tandem_[a-z_]+)")
)

// Every metric is on the page that says what to watch, and no other is.
func TestMetricsAreListed(t *testing.T) {
	t.Parallel()
	listed, there := map[string]bool{}, map[string]bool{}
	for _, match := range metricListed.FindAllStringSubmatch(read(t, root+"/docs/operations/watch.md"), -1) {
		listed[match[1]] = true
	}
	err := filepath.WalkDir(root+"/internal", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, match := range metric.FindAllStringSubmatch(read(t, path), -1) {
			there[match[1]] = true
		}
		return nil
	})
	if err != nil || len(there) == 0 {
		t.Fatalf("%d metrics, %v", len(there), err)
	}
	for name := range there {
		if !listed[name] {
			t.Errorf("docs/operations/watch.md does not list %s", name)
		}
	}
	for name := range listed {
		if !there[name] {
			t.Errorf("docs/operations/watch.md lists %s, which does not exist", name)
		}
	}
}
