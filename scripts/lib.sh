# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts share: a loud line for each step, and a list of what was left out.

say() { printf '\n=== %s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# skip notes that a step was left out and why; skipped_summary repeats them all at the end, where they are read.
SKIPPED=()
skip() {
  SKIPPED+=("$*")
  printf '\n!!! SKIPPED: %s\n' "$*"
}

skipped_summary() {
  if ((${#SKIPPED[@]} == 0)); then
    printf '\nNothing was skipped.\n'
    return
  fi
  printf '\n!!! %d step(s) were SKIPPED, so this run says nothing about them:\n' "${#SKIPPED[@]}"
  printf '!!!   - %s\n' "${SKIPPED[@]}"
}

have() { type -P "$1" >/dev/null; }

# find_chromium prints the browser the tests use, if there is one.
find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [[ -n $name ]] && have "$name"; then
      type -P "$name"
      return
    fi
  done
  return 1
}

# postgres_bin prints the newest folder of PostgreSQL's programs, if there is one.
postgres_bin() {
  local dir
  if have initdb && have pg_ctl; then
    dirname "$(readlink -f "$(command -v initdb)")"
    return
  fi
  dir=$(find /usr/lib/postgresql /usr/local/opt/postgresql* /opt/homebrew/opt/postgresql* -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1) || true
  [[ -n $dir ]] || return 1
  dirname "$dir"
}
