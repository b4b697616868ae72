#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks what compilers do not see: golangci-lint, shellcheck, licence headers, and nothing of this machine in the tree.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

failed=0
fail() {
  printf '%s\n' "$*"
  failed=1
}

say "golangci-lint (built on first use, from tools/go.mod)"
go tool -modfile=tools/go.mod golangci-lint run --allow-parallel-runners ./... || failed=1

if have shellcheck; then
  say "shellcheck"
  mapfile -t shells < <(git ls-files -co --exclude-standard -- '*.sh' .ci/run)
  shellcheck -x "${shells[@]}" || failed=1
else
  skip "shellcheck: it is not installed"
fi

say "Licence headers"
while IFS= read -r file; do
  [[ -f $file ]] || continue
  head -n 3 "$file" | grep -qF 'SPDX-License-Identifier: Apache-2.0' || fail "$file: the first line has to be the SPDX header"
done < <(git ls-files -co --exclude-standard -- '*.go' '*.ts' '*.tsx' '*.css' '*.sh' '*.mjs' | grep -v '\.d\.ts$')

# Paths of the checkout and of the account, and the hosts packages come from, say nothing to a reader elsewhere.
say "Nothing of this machine"
hosts=$({ go env GOPROXY && npm config get registry; } 2>/dev/null | grep -oE '//[^/,|]+' | tr -d / | sort -u | paste -sd'|' - || true)
here="$PWD/|${HOME%/}/(go|work|src|\.)${hosts:+|$hosts}"
if git grep -nIE "$here" -- . ':!*go.sum'; then
  fail "The lines above name this machine."
fi

skipped_summary
exit "$failed"
