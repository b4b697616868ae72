#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests: scripts/test.sh all|go|fuzz|web|scenario|browser. What cannot run here is skipped with a loud line, again at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

with_postgres() {
  if [[ -n ${TANDEM_TEST_POSTGRES:-} || -n $(postgres_bin) ]]; then
    scripts/with-postgres.sh "$@"
  else
    "$@"
  fi
}

go_tests() {
  say "Go tests on SQLite and PostgreSQL"
  [[ -n ${TANDEM_TEST_POSTGRES:-} || -n $(postgres_bin) ]] || skip "everything on PostgreSQL: it is not installed"
  # Everything with the race detector, where there is a C compiler for it: on two cores it costs half a minute more than a
  # chosen few, and less than compiling every library a second time without it.
  local race=(-race)
  if ! have cc; then
    skip "the race detector: there is no C compiler"
    race=()
  fi
  # shellcheck disable=SC2046 # a list of packages
  with_postgres go test "${race[@]}" -timeout 15m $(go list ./... | grep -v '/test/')
}

# The parsers of webhooks, frames and the fold have a minute each, the other targets enough to find what is near;
# scripts/fuzz.sh spends longer.
fuzz_tests() {
  local most=(FuzzFlat FuzzEnvelope FuzzFrames FuzzFold)
  scripts/fuzz.sh "${FUZZ_SECONDS:-60}" "${most[@]}"
  scripts/fuzz.sh "${FUZZ_SECONDS:-5}" -not "${most[@]}"
}

web_tests() {
  say "Console"
  if [[ ! -f web/package.json ]]; then
    skip "the console: web/ does not exist"
  elif ! have npm; then
    skip "the console: npm is missing"
  else
    scripts/web.sh check
  fi
}

scenario_tests() {
  say "Scenarios and faults against the built program"
  if [[ ! -f cmd/tandem/main.go ]]; then
    skip "the scenarios: cmd/tandem does not exist"
  else
    # Go keeps what was skipped to itself.
    unshare --mount true 2>/dev/null || unshare --mount --map-root-user true 2>/dev/null || skip "a full disk: a small one cannot be mounted here"
    [[ -n $(postgres_bin) ]] || skip "a database that goes away: PostgreSQL is not installed"
    # More at a time than there are processors: several of them wait most of the time.
    with_postgres go test -count=1 -timeout 10m -parallel 4 ./test/...
  fi
}

browser_tests() {
  say "Browser"
  if [[ ! -f test/browser/package.json ]]; then
    skip "the browser tests: test/browser does not exist"
  elif ! have npm; then
    skip "the browser tests: npm is missing"
  elif ! find_chromium >/dev/null; then
    skip "the browser tests: Chromium is missing"
  else
    make --no-print-directory build
    cd test/browser
    if [[ ! node_modules/.tandem-stamp -nt package-lock.json ]]; then
      npm ci --no-audit --no-fund
      touch node_modules/.tandem-stamp
    fi
    CHROMIUM=$(find_chromium) TANDEM_BIN=$PWD/../../bin/tandem npm test
    cd ../..
  fi
}

started=$SECONDS
case ${1:-all} in
  all)
    scripts/setup.sh
    # On lines of their own: after &&, bash would no longer stop at a failure inside.
    go_tests
    fuzz_tests
    web_tests
    scenario_tests
    browser_tests
    ;;
  go | fuzz | web | scenario | browser) "${1}_tests" ;;
  *) die "usage: $0 all|go|fuzz|web|scenario|browser" ;;
esac
skipped_summary
printf 'Passed in %d min %d s.\n' $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60))
