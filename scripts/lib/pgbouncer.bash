# shellcheck shell=bash
# PgBouncer before the PostgreSQL server of an environment, in transaction mode: each transaction goes to whichever of a
# few connections is free, so that a client meets connections that others have used. Sourced by scripts/env, which sets
# dir and mortal.

readonly PGBOUNCER_READY_SECONDS=20 PGBOUNCER_STOP_SECONDS=10

# Two connections for each database: fewer than the clients, and enough that a client's change from one to the other.
configure_pgbouncer() {
  choose_postgres_user
  (
    umask 077
    printf '"portreeve" "%s"\n' "$(kept "$dir/postgres.password")" >"$dir/pgbouncer.users"
    cat >"$dir/pgbouncer.ini" <<CONF
[databases]
* = host=127.0.0.1 port=$(kept "$dir/postgres.port")
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $1
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $dir/pgbouncer.users
pool_mode = transaction
default_pool_size = 2
max_client_conn = 500
CONF
  ) || return 1
  ! am_root || choose_postgres_user "$dir/pgbouncer.users" "$dir/pgbouncer.ini"
}

pgbouncer_gone() { ! ours "$dir/pgbouncer.pid" >/dev/null; }
pgbouncer_answers() {
  "$(kept "$dir/postgres.programs")/pg_isready" --quiet --host 127.0.0.1 --port "$(kept "$dir/pgbouncer.port")"
}
pgbouncer_settled() { pgbouncer_gone || pgbouncer_answers; }

spawn_pgbouncer() {
  choose_postgres_user
  guard_with INT
  setsid "${postgres_user[@]}" "${guard[@]}" "$(command -v pgbouncer)" --quiet "$dir/pgbouncer.ini" \
    </dev/null >>"$dir/pgbouncer.log" 2>&1 9>&- &
  started "$!" "$dir/pgbouncer.pid"
}

# Its port is chosen as the database server's is.
start_pgbouncer() {
  local port
  for _ in {1..10}; do
    port=$((11000 + RANDOM % 7000))
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue
    printf '%s\n' "$port" >"$dir/pgbouncer.port"
    configure_pgbouncer "$port" || break
    spawn_pgbouncer
    until_true "$PGBOUNCER_READY_SECONDS" pgbouncer_settled && ! pgbouncer_gone && pgbouncer_answers && return 0
    stop_pgbouncer
  done
  say 'PgBouncer did not start'
  last_lines "$dir/pgbouncer.log"
  return 1
}

stop_pgbouncer() {
  local pid
  pid=$(ours "$dir/pgbouncer.pid") || return 0
  kill -s TERM "$pid" 2>/dev/null || true
  until_true "$PGBOUNCER_STOP_SECONDS" gone "$pid" || kill -s KILL "$pid" || true
}

prepare_pgbouncer() {
  command -v pgbouncer >/dev/null || apt_install pgbouncer && return 0
  say 'no PgBouncer: it is not installed and could not be'
  return 1
}
