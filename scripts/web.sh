#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds or checks the console: scripts/web.sh build|check. Packages are installed again only when the lock file changed.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

if [[ ! -f web/package.json ]] || ! have npm; then
  printf '\n!!! SKIPPED: the console is not built (%s)\n' "$([[ -f web/package.json ]] && echo "npm is missing" || echo "web/ is missing")"
  mkdir -p web/dist
  exit 0
fi

cd web
if [[ ! node_modules/.tandem-stamp -nt package-lock.json ]]; then
  say "Installing the console's packages"
  npm ci --no-audit --no-fund >/dev/null ||
    die "npm ci failed; when it says that platform packages are missing from the lock file, see scripts/complete-lock.mjs"
  touch node_modules/.tandem-stamp
fi
case ${1:-} in
  build)
    say "Building the console"
    npm run build
    ;;
  check) npm run check ;;
  *) die "usage: $0 build|check" ;;
esac
