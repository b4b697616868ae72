#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need beyond Go, Node and make: PostgreSQL, Chromium and shellcheck. As root on a machine with
# apt it installs them; otherwise it says what is missing, and the tests skip those parts.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

have go || die "Go is missing; install the version named in go.mod."
have node || printf 'Node is missing: the console and the browser tests are left out.\n'

packages=()
[[ -n $(postgres_bin) ]] || packages+=(postgresql)
find_chromium >/dev/null || packages+=(chromium)
have shellcheck || packages+=(shellcheck)
have cc || packages+=(gcc libc6-dev)
if ((${#packages[@]} == 0)); then
  exit 0
fi
if ((EUID != 0)) || ! have apt-get; then
  printf 'Not installed, so left out of the tests: %s\n' "${packages[*]}"
  exit 0
fi

say "Installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A failure is no reason to stop: each test that needs the package says that it was skipped.
if ! { apt-get -o DPkg::Lock::Timeout=300 update &&
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
  tail -n 5 "$log"
  printf 'apt-get could not install all of: %s\n' "${packages[*]}"
fi
