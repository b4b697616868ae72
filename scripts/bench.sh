#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures the built program: scripts/bench.sh [-update] [-rounds 5] [-stored 5000000] [-only feed] …; see test/load.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# A program of its own, so that an interrupt reaches it and not go run, which would leave its servers behind.
bench=$(mktemp -d /tmp/tandem-bench.XXXXXX)
trap 'rm -rf "$bench"' EXIT
go build -o "$bench/load" ./test/load
if [[ -n ${TANDEM_TEST_POSTGRES:-} || -n $(postgres_bin) ]]; then
  scripts/with-postgres.sh "$bench/load" "$@"
else
  skip "PostgreSQL: it is not installed"
  "$bench/load" "$@"
fi
