# shellcheck shell=bash
# The container engine of an environment. Sourced by scripts/env, which sets dir and mortal.
#
# How it is kept apart from the host and from other engines:
#   * It lives in a mount and pid namespace, so that ending the namespace's init ends containers, shims and proxies
#     together, and every mount goes with them, even after a crash.
#   * It has a bridge and an address range of its own and leaves the packet filter and the forwarding switch alone: two
#     engines that both manage the same filter chains flush each other's rules. Ports published on the loopback
#     address go through the engine's proxy, and need no rule; containers on one network reach each other by name.
#   * Its sockets, data and pid files are in the environment's directory, its cgroups under a parent of its own.

readonly ENGINE_READY_SECONDS=60 ENGINE_STOP_SECONDS=30

need_engine_programs() {
  local -A package_of=([dockerd]=docker.io [curl]=curl [ip]=iproute2 [nsenter]=util-linux [setpriv]=util-linux)
  local program missing=()
  for program in "${!package_of[@]}"; do
    command -v "$program" >/dev/null || missing+=("${package_of[$program]}")
  done
  ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
}

# Fills the command that runs another inside the engine's namespaces. They are named by the process that made them, which
# stays outside the pid namespace itself: its children are inside.
enter=()
find_namespaces() {
  local outer
  outer=$(ours "$dir/namespace.pid") || return 1
  enter=(nsenter "--mount=/proc/$outer/ns/mnt" "--pid=/proc/$outer/ns/pid_for_children" --)
}

inside() { find_namespaces && "${enter[@]}" "$@"; }

# A bridge is made here and given to the engine, since all engines would otherwise share the one called docker0.
# Making it also claims the address range: the name holds its number, and a name can be taken only once.
make_bridge() {
  local number try
  for try in {1..100}; do
    number=$((128 + (RANDOM + try) % 120))
    # Any route inside the range, or one around it other than the default, means that it is in use.
    [[ -z $(ip -4 route show root "10.$number.0.0/16") ]] || continue
    ! ip -4 route show match "10.$number.0.0/16" | grep -qv ^default || continue
    if ip link add "portreeve$number" type bridge 2>/dev/null; then
      printf '%s\n' "$number" >"$dir/network"
      ip addr add "10.$number.255.1/24" dev "portreeve$number"
      ip link set "portreeve$number" up
      return 0
    fi
  done
  say 'no free address range for the engine'
  return 1
}

# The engine leaves the bridges of networks that tests made; they are known by their addresses.
remove_bridges() {
  local number link
  number=$(kept "$dir/network") || return 0
  for link in $(ip -4 -o addr show type bridge | awk -v range="^10[.]${number}[.]" '$4 ~ range { print $2 }'); do
    ip link delete "$link" 2>/dev/null || true
  done
}

remove_cgroups() {
  local number parent
  number=$(kept "$dir/network") || return 0
  for parent in /sys/fs/cgroup/portreeve"$number" /sys/fs/cgroup/*/portreeve"$number"; do
    [[ ! -d $parent ]] || find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null || return 1
  done
}

# The namespaces' init only waits and reaps. Empty directories hide a system-wide containerd, which an engine that
# finds its socket would use, and plugins.
make_namespace() {
  local init
  init=$(command -v docker-init || command -v tini-static || command -v tini) || return 1
  mkdir -p /run/containerd /run/docker || return 1
  guard_with KILL
  # shellcheck disable=SC2016 # expanded by the inner shell
  setsid "${guard[@]}" unshare --mount --pid --fork --kill-child --mount-proc -- \
    sh -ec 'for hidden in /run/containerd /run/docker; do mount -t tmpfs tmpfs "$hidden"; done
            : >"$2"; exec "$1" -- sleep infinity' \
    sh "$init" "$dir/namespace.ready" </dev/null >>"$dir/engine.log" 2>&1 9>&- &
  started "$!" "$dir/namespace.pid"
  until_true 10 test -e "$dir/namespace.ready"
}

engine_answers() {
  [[ $(curl --silent --noproxy '*' --max-time 2 --unix-socket "$dir/docker.sock" http://localhost/_ping) == OK ]]
}
# Asked inside, since the pid in the file counts there.
engine_runs() { [[ -s $dir/dockerd.pid ]] && inside kill -0 "$(kept "$dir/dockerd.pid")" 2>/dev/null; }
engine_gone() { ! engine_runs; }

spawn_engine() {
  local number
  number=$(kept "$dir/network") && find_namespaces || return 1
  # The environment of the caller may say things meant for clients, or proxies; the engine needs a path and no more. It
  # runs itself anew four times for each container that starts, and collecting those processes' garbage took a tenth of
  # all that the suite takes of a processor.
  setsid "${enter[@]}" env -i PATH="$PATH" GOGC=800 dockerd \
    --config-file "$dir/daemon.json" \
    --host "unix://$dir/docker.sock" \
    --data-root "$dir/engine" \
    --exec-root "$dir/exec" \
    --pidfile "$dir/dockerd.pid" \
    --bridge "portreeve$number" \
    --default-address-pool "base=10.$number.0.0/17,size=24" \
    --iptables=false --ip-forward=false --ip-masq=false \
    --exec-opt native.cgroupdriver=cgroupfs \
    --cgroup-parent "/portreeve$number" \
    </dev/null >>"$dir/engine.log" 2>&1 9>&- &
  # This is nsenter, which ends when the engine does; the engine's own file has its pid in the namespace.
  started "$!" "$dir/engine.pid"
}

engine_settled() { engine_answers || gone "$(kept "$dir/engine.pid")"; }

await_engine() {
  until_true "$ENGINE_READY_SECONDS" engine_settled && engine_answers && return 0
  say 'the engine did not start'
  last_lines "$dir/engine.log"
  return 1
}

# Ends the engine in its own time, in which it stops its containers; with KILL at once, and containers go on.
stop_engine() {
  local signal=${1:-TERM}
  engine_runs || return 0
  inside kill -s "$signal" "$(kept "$dir/dockerd.pid")"
  if ! until_true "$ENGINE_STOP_SECONDS" engine_gone; then
    say 'the engine does not stop and is killed'
    inside kill -s KILL "$(kept "$dir/dockerd.pid")"
    until_true 5 engine_gone || return 1
  fi
  # A killed engine leaves these. Pids come round soon in a pid namespace, and the next engine takes whatever has one
  # of these numbers for its predecessor.
  rm -f -- "$dir/dockerd.pid" "$dir/docker.sock" "$dir/exec/containerd/containerd.pid"
  unmount_left_behind
}

# An engine that ends while containers come and go may leave their file systems mounted, and then never gets to remove
# those containers: "device or resource busy". A machine that restarts has no such mounts either.
unmount_left_behind() {
  local mounted
  for mounted in $(inside cat /proc/self/mounts | awk -v below="$dir/engine/" 'index($2, below) == 1 && $1 == "overlay" { print $2 }'); do
    inside umount --lazy "$mounted" || true
  done
}

prepare_engine() {
  if ! am_root; then
    say 'no engine of our own: that needs root'
    return 1
  fi
  if ! need_engine_programs; then
    say 'no engine of our own: dockerd is not installed and could not be'
    return 1
  fi
  # The machine's own daemon.json is not for this engine.
  printf '{}\n' >"$dir/daemon.json"
  make_bridge && make_namespace && spawn_engine && return 0
  say 'no engine of our own: its bridge or namespaces could not be made'
  return 1
}

# Leaves nothing behind. When the namespaces' init ends, the kernel kills everything inside before anybody hears of it.
remove_engine() {
  local outer
  if outer=$(ours "$dir/namespace.pid"); then
    # The kill may itself be ended before it is done.
    { inside kill -s TERM 1 || true; } 2>/dev/null
    until_true "$ENGINE_STOP_SECONDS" gone "$outer" || kill -s KILL "$outer" || true
  fi
  until_true 5 remove_cgroups || say 'cgroups could not be removed'
  remove_bridges
}
