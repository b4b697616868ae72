#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a command with a PostgreSQL of its own: scripts/with-postgres.sh go test ./...
#
# The cluster lives in a temporary folder, listens on a free port of the loopback address, keeps its defaults for
# durability (fsync on), and is gone when the command ends, however it ends. TANDEM_TEST_POSTGRES tells the command where
# it is; when that is set already, the command gets that server and nothing is started.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "$0")/lib.sh"

(($# > 0)) || die "usage: $0 command [argument…]"
[[ -z ${TANDEM_TEST_POSTGRES:-} ]] || exec "$@"
bin=$(postgres_bin) || die "PostgreSQL is not installed (no initdb found)."

# PostgreSQL refuses to run as root, so root lends it an account without rights.
as=()
if ((EUID == 0)); then
  account=nobody
  id postgres >/dev/null 2>&1 && account=postgres
  as=(setpriv --reuid "$account" --regid "$(id -g "$account")" --clear-groups --inh-caps=-all env HOME=/)
fi
dir=$(mktemp -d /tmp/tandem-postgres.XXXXXX)
child=
# shellcheck disable=SC2317 # reached through the trap
stop() {
  trap - EXIT
  [[ -z $child ]] || kill "$child" 2>/dev/null || true
  if [[ -f $dir/data/postmaster.pid ]]; then
    (cd "$dir" && "${as[@]}" "$bin/pg_ctl" --pgdata data --mode immediate --silent stop) || true
  fi
  rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A password, because other accounts of this machine reach the loopback address too.
(umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/password")
password=$(cat "$dir/password")
((EUID != 0)) || chown -R "$account" "$dir"

# A linguistic order, as most servers have: text keys that forget COLLATE "C" show themselves.
create() {
  (cd "$dir" && "${as[@]}" "$bin/initdb" --pgdata data --username tandem --pwfile password --encoding UTF8 \
    --auth-host scram-sha-256 --auth-local reject "$@" >initdb.log 2>&1)
}
create --locale C.UTF-8 --locale-provider icu --icu-locale en-US || { rm -rf "$dir/data" && create --locale C.UTF-8; } ||
  { cat "$dir/initdb.log" && die "initdb failed"; }

# Ports are tried until one is free: between looking and listening another program may take it.
for _ in 1 2 3 4 5 6 7 8; do
  port=$((20000 + RANDOM % 12000))
  options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=400"
  if (cd "$dir" && "${as[@]}" "$bin/pg_ctl" --pgdata data --log server.log --wait --timeout 60 --silent \
    --options "$options" start >/dev/null 2>&1); then
    started=yes
    break
  fi
done
[[ ${started:-} == yes ]] || { tail -n 20 "$dir/server.log" && die "PostgreSQL did not start"; }

export TANDEM_TEST_POSTGRES="postgres://tandem:$password@127.0.0.1:$port/postgres?sslmode=disable"
# In the background, so that a signal ends the wait and with it the server.
"$@" <&0 &
child=$!
code=0
wait "$child" || code=$?
child=
exit "$code"
