#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plays black-friday with all its faults against the built program, killing that with -9 on the way, and shows what became of
# every event: scripts/soak.sh [-update] [LENGTH [SPEED]], by default the whole hour (1h) in three minutes (20) for each
# database. -update writes docs/soak.md.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

update=
if [[ ${1:-} == -update ]]; then
  update=yes
  shift
fi
report=$(mktemp /tmp/tandem-soak.XXXXXX)
trap 'rm -f "$report"' EXIT
cat >"$report" <<'TEXT'
<!-- Written by scripts/soak.sh -update. Do not edit. -->

# An hour of Black Friday

What became of every event and every call in a run of the scenario `black-friday` (see [mockpbx.md](mockpbx.md)) against the
built program: the network loses, doubles, overtakes and delays events, the phone system's API is slow, fails, cuts
connections and dies for a while, and Tandem itself is killed with `kill -9` again and again. The run fails unless what was
acknowledged is what is stored, nothing is stored twice, every call is shown as its events say, every call that waited was
dealt with once, and `tandem doctor` finds nothing.

The trunk that posts flat events plays, which has three in five of the scenario's calls: its answers say where each event is
stored. The phone system shares the processors with Tandem, waits for nobody and keeps 50,000 events at most: what is given up
says how much more there was than this machine bore at that speed.

TEXT
load() { uptime | sed 's/.*averages\{0,1\}: *//'; }
printf '%s processors; load average at the beginning: %s\n\n' "$(getconf _NPROCESSORS_ONLN)" "$(load)" >>"$report"
export TANDEM_SOAK=${1:-1h} TANDEM_SOAK_SPEED=${2:-20} TANDEM_SOAK_FILE=$report
# One database after the other: they would share the processors.
soak() { go test -count=1 -timeout 60m -run "^TestBlackFriday\$/^$1\$" ./test/fault; }
soak sqlite
if [[ -n ${TANDEM_TEST_POSTGRES:-} || -n $(postgres_bin) ]]; then
  export -f soak
  scripts/with-postgres.sh bash -c 'soak postgres'
else
  skip "PostgreSQL: it is not installed"
fi
printf 'Load average at the end: %s\n' "$(load)" >>"$report"
cat "$report"
[[ -z $update ]] || cp "$report" docs/soak.md
