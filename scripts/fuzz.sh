#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes: scripts/fuzz.sh SECONDS [[-not] NAME…] gives each fuzz target of the tree, or each that is (not) named, that long, as
# many at a time as there are processors, and one processor each; 3600 for an hour. What a target finds is kept under testdata of its package, and fails
# every go test from then on; it belongs into the commit that mends it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

[[ ${1:-} =~ ^[0-9]+$ ]] || die "usage: $0 seconds [[-not] target…]"
seconds=$1
shift
choose=(-E)
if [[ ${1:-} == -not ]]; then
  choose=(-vE)
  shift
fi

# "package target", one per line.
list() {
  grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' internal | sed -E 's|^(.*)/[^/]+:func |./\1 |' | sort
}
targets=$(list)
if (($# > 0)); then
  targets=$(grep "${choose[@]}" " ($(IFS='|' && echo "$*"))\$" <<<"$targets") || die "no such target: $*"
fi
say "Fuzzing $(wc -l <<<"$targets") targets for $seconds s each"

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# What earlier runs found interesting is tried first, which takes a short run longer than it has.
fresh=()
((seconds >= 60)) || fresh=(-args "-test.fuzzcachedir=$logs/cache")

# fuzz runs one target and says one line about it; all that it said when it found something.
fuzz() {
  local package=$1 name=$2 line
  shift 2
  # Little time for making what is interesting small: it would take all of it.
  if ! go test -run '^$' -fuzz "^$name\$" -fuzztime "${seconds}s" -fuzzminimizetime 20x -parallel 1 -timeout $((seconds + 300))s "$package" "$@" \
    >"$logs/$name" 2>&1; then
    # Go fails with these words alone when the time ends in the middle of an input.
    if ! grep -q 'context deadline exceeded' "$logs/$name" || grep -q 'Failing input' "$logs/$name"; then
      printf '%s FOUND SOMETHING:\n' "$name"
      cat "$logs/$name"
      return 1
    fi
  fi
  line=$(grep -E 'execs: ' "$logs/$name" | tail -n 1 | sed 's/^fuzz: //') || true
  printf '%-16s %s\n' "$name" "${line:-only what is known; there was no time for more}"
}
export -f fuzz
export logs seconds
# shellcheck disable=SC2016 # the inner shell's own arguments
xargs -P "$(getconf _NPROCESSORS_ONLN)" -L 1 bash -c 'fuzz "${@: -2}" "${@:1:$#-2}"' _ "${fresh[@]}" <<<"$targets"
