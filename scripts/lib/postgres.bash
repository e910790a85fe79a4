# shellcheck shell=bash
# The PostgreSQL server of an environment. Sourced by scripts/env, which sets dir and mortal.

readonly POSTGRES_READY_SECONDS=60 POSTGRES_STOP_SECONDS=30

# Prints the directory of the newest PostgreSQL server's programs.
postgres_programs() {
  local found
  found=$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1) || return 1
  [[ -x $found ]] && dirname -- "$(readlink -f -- "$found")"
}

# The server package would make a cluster for the whole machine; its settings file, which a package of its own brings,
# says not to while it is being installed.
install_postgres() {
  local settings=/etc/postgresql-common/createcluster.conf status=0
  apt_install postgresql-common || return 1
  cp -p -- "$settings" "$settings.portreeve" || return 1
  printf 'create_main_cluster = false\n' >>"$settings"
  apt_install postgresql || status=$?
  mv -f -- "$settings.portreeve" "$settings"
  return "$status"
}

# Fills the command that makes the server's user of root, since the server refuses root.
postgres_user=()
choose_postgres_user() {
  am_root || return 0
  local user=postgres
  id -u "$user" >/dev/null 2>&1 || user=nobody
  postgres_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups --reset-env --)
  (($# == 0)) || chown "$user:" -- "$@"
}

postgres_answers() {
  "$(kept "$dir/postgres.programs")/pg_isready" --quiet --host 127.0.0.1 --port "$(kept "$dir/postgres.port")"
}
postgres_gone() { ! ours "$dir/postgres.pid" >/dev/null; }
postgres_settled() { postgres_answers || postgres_gone; }

make_cluster() {
  local programs=$1 password
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  mkdir -m 700 -- "$dir/postgres" "$dir/postgres.sockets" || return 1
  (umask 077 && printf '%s\n' "$password" >"$dir/postgres.password") || return 1
  choose_postgres_user "$dir/postgres" "$dir/postgres.sockets" "$dir/postgres.password" || return 1
  "${postgres_user[@]}" "$programs/initdb" --pgdata "$dir/postgres" --username portreeve \
    --auth scram-sha-256 --pwfile "$dir/postgres.password" --encoding UTF8 --locale C.UTF-8 --no-sync \
    </dev/null >>"$dir/postgres.log" 2>&1 || return 1
  # Everything that bears on durability stays as it is in production.
  cat >>"$dir/postgres/postgresql.conf" <<CONF || return 1
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir/postgres.sockets'
max_connections = 300
CONF
  printf '%s\n' "$programs" >"$dir/postgres.programs"
}

spawn_postgres() {
  choose_postgres_user
  guard_with INT
  setsid "${postgres_user[@]}" "${guard[@]}" "$(kept "$dir/postgres.programs")/postgres" -D "$dir/postgres" \
    -p "$(kept "$dir/postgres.port")" </dev/null >>"$dir/postgres.log" 2>&1 9>&- &
  started "$!" "$dir/postgres.pid"
}

# A port below those that Portreeve gives to containers and those that the kernel gives to clients. Somebody may take
# it before the server does, hence the tries.
start_postgres() {
  local port
  for _ in {1..10}; do
    port=$((11000 + RANDOM % 7000))
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue
    printf '%s\n' "$port" >"$dir/postgres.port"
    spawn_postgres
    await_postgres && return 0
    grep -q 'could not bind' "$dir/postgres.log" || break
  done
  say 'PostgreSQL did not start'
  last_lines "$dir/postgres.log"
  return 1
}

await_postgres() {
  until_true "$POSTGRES_READY_SECONDS" postgres_settled && ! postgres_gone && postgres_answers
}

# INT ends the server in good order, QUIT like a crash. A server that is just starting still ignores both, as all that a
# script starts in the background do, so it is told until it hears.
stop_postgres() {
  local signal=${1:-INT} pid
  pid=$(ours "$dir/postgres.pid") || return 0
  until_true "$POSTGRES_STOP_SECONDS" ended_by "$signal" "$pid" && return 0
  say 'PostgreSQL does not stop and is killed'
  kill -s KILL "$pid"
}

ended_by() {
  kill -s "$1" "$2" 2>/dev/null || true
  gone "$2"
}

prepare_postgres() {
  local programs
  if ! programs=$(postgres_programs) && ! { install_postgres && programs=$(postgres_programs); }; then
    say 'no PostgreSQL of our own: its server is not installed and could not be'
    return 1
  fi
  make_cluster "$programs" && return 0
  say 'no PostgreSQL of our own: its cluster could not be made'
  last_lines "$dir/postgres.log"
  return 1
}
