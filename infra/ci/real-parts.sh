# Real parts for the tests: a MinIO server and a PostgreSQL cluster of this run's own, on free
# loopback ports, with secrets made up here and data in a temporary folder. To be sourced:
#
#   . infra/ci/real-parts.sh; trap stop_real_parts EXIT; start_real_parts
#
# sets LEDGER_TEST_MINIO_URL, LEDGER_TEST_MINIO_BINARY, LEDGER_TEST_POSTGRES_URL and
# LEDGER_TEST_POSTGRES_BINARIES. Needs Node, and Go for the first build of MinIO (2 to 3 minutes);
# needs root or sudo only where PostgreSQL is not installed yet. Everything it says goes to stderr.

minio_module=github.com/minio/minio
minio_version=v0.0.0-20260212201848-7aac2a2c5b7c
parts_folder=
parts_pids=()

start_real_parts() {
  parts_folder=$(mktemp -d)
  # PostgreSQL runs as a user of its own and must be able to pass through.
  chmod 711 "$parts_folder"
  start_minio >&2
  start_postgres >&2
  export LEDGER_TEST_MINIO_URL LEDGER_TEST_MINIO_BINARY
  export LEDGER_TEST_POSTGRES_URL LEDGER_TEST_POSTGRES_BINARIES
}

# Ends what was started here, by process id, whatever happened before.
stop_real_parts() {
  local pid
  for pid in "${parts_pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${parts_pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  parts_pids=()
  if [ -n "$parts_folder" ]; then rm -rf "$parts_folder"; fi
  parts_folder=
}

start_minio() {
  local user secret port
  LEDGER_TEST_MINIO_BINARY=$(minio_binary)
  user=$(made_up_secret) secret=$(made_up_secret) port=$(free_port)
  mkdir "$parts_folder/minio"
  MINIO_ROOT_USER=$user MINIO_ROOT_PASSWORD=$secret MINIO_BROWSER=off \
    "$LEDGER_TEST_MINIO_BINARY" server "$parts_folder/minio" --address "127.0.0.1:$port" \
    >"$parts_folder/minio.log" 2>&1 &
  parts_pids+=($!)
  wait_for_line "$parts_folder/minio.log" 'API: ' $!
  LEDGER_TEST_MINIO_URL="http://$user:$secret@127.0.0.1:$port"
}

# The pinned version: the binary that is there, if it is that one, else built now.
minio_binary() {
  command -v go >/dev/null || fail 'Go is needed to build MinIO'
  local binary
  binary="$(go env GOBIN)"
  binary="${binary:-$(go env GOPATH)/bin}/minio"
  if ! go version -m "$binary" 2>/dev/null | grep -q "$minio_module.*$minio_version"; then
    echo "building MinIO $minio_version" >&2
    go install "$minio_module@$minio_version" >&2
  fi
  echo "$binary"
}

start_postgres() {
  local secret port data="$parts_folder/postgres/data"
  LEDGER_TEST_POSTGRES_BINARIES=$(postgres_binaries)
  secret=$(made_up_secret) port=$(free_port)
  mkdir "$parts_folder/postgres"
  echo "$secret" >"$parts_folder/postgres/secret"
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$parts_folder/postgres"; fi
  # The Vietnamese order of letters: what must not depend on the database's collation is tested so.
  (as_postgres "$LEDGER_TEST_POSTGRES_BINARIES/initdb" -D "$data" -U ledger -E UTF8 \
    --locale=C.UTF-8 --locale-provider=icu --icu-locale=vi -A scram-sha-256 \
    --pwfile="$parts_folder/postgres/secret" --no-sync) >"$parts_folder/initdb.log" 2>&1 ||
    fail "initdb: $(tail -n 3 "$parts_folder/initdb.log")"
  as_postgres "$LEDGER_TEST_POSTGRES_BINARIES/postgres" -D "$data" -p "$port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    >"$parts_folder/postgres.log" 2>&1 &
  parts_pids+=($!)
  wait_for_line "$parts_folder/postgres.log" 'ready to accept connections' $!
  LEDGER_TEST_POSTGRES_URL="postgres://ledger:$secret@127.0.0.1:$port/postgres"
}

# The folder of the newest PostgreSQL of this machine; Debian's own is installed where none is.
postgres_binaries() {
  local newest
  newest=$(newest_postgres)
  if [ -z "$newest" ]; then
    local become=
    if [ "$(id -u)" != 0 ]; then become=sudo; fi
    echo 'installing PostgreSQL' >&2
    # Only the programs are wanted, not the cluster that the package would make and start.
    $become mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' |
      $become tee /etc/postgresql-common/createcluster.d/ledger-ci.conf >/dev/null
    $become apt-get update >&2
    DEBIAN_FRONTEND=noninteractive $become apt-get install -y --no-install-recommends postgresql >&2
    newest=$(newest_postgres)
  fi
  echo "${newest:?PostgreSQL was not found after its installation}"
}

newest_postgres() {
  find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1
}

# Replaces the shell it runs in, so that the process id is PostgreSQL's: in a subshell, or with `&`.
as_postgres() {
  # It looks at the folder it was started in, which may be closed to it.
  cd "$parts_folder" || exit
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  fi
  exec "$@"
}

# Waits until a program has said that it is ready; fails when it ends before, or after a minute.
wait_for_line() {
  local file=$1 words=$2 pid=$3 tries
  for tries in $(seq 1 300); do
    if grep -q "$words" "$file"; then return 0; fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  fail "not ready after $tries looks: $(tail -n 5 "$file")"
}

made_up_secret() {
  node -e 'console.log(crypto.randomBytes(16).toString("hex"))'
}

free_port() {
  node -e 'const s = net.createServer(); s.listen(0, "127.0.0.1", () => {
    console.log(s.address().port); s.close(); })'
}

fail() {
  echo "real parts: $1" >&2
  exit 1
}
