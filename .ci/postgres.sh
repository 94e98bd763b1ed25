# To be sourced: sets TEST_POSTGRES_URL, unless it is set, to a PostgreSQL server of this run's own, which waits for no disk,
# since a suite makes and drops hundreds of databases. Where its programs are not installed, to the one on 127.0.0.1:5432.
if [ -z "${TEST_POSTGRES_URL:-}" ]; then
  programs=$({ find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null || true; } | sort -V | tail -1 | xargs -r dirname)
  port=5432
  # It does not run as root.
  as_postgres() { if [ "$(id -u)" = 0 ]; then setpriv --reuid postgres --regid postgres --clear-groups "$@"; else "$@"; fi; }
  if [ -n "$programs" ]; then
    folder=$(mktemp -d)
    port=$((30000 + RANDOM % 2000))
    trap 'as_postgres "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null; rm -rf "$folder"' EXIT
    [ "$(id -u)" != 0 ] || chown postgres "$folder"
    as_postgres "$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
    as_postgres "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w start -o "-p $port -h 127.0.0.1 -k $folder \
      -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_wal_size=8GB -c checkpoint_timeout=1h \
      -c max_connections=300" >/dev/null
  fi
  export TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
fi
