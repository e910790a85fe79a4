# shellcheck shell=bash
# What the parts of scripts/env share: words to the user, waiting, process ids, packages. Sourced.

say() { printf 'env: %s\n' "$*" >&2; }

am_root() { ((EUID == 0)); }

# until_true SECONDS COMMAND…: asks every tenth of a second.
until_true() {
  local tries=$(($1 * 10))
  shift
  while ! "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}

# A process that has ended but that nobody has waited for has no command line any more.
alive() { [[ $1 ]] && IFS= read -r -d '' _ <"/proc/$1/cmdline"; } 2>/dev/null
gone() { ! alive "$1"; }

# Fills the command that has the kernel send a signal to another when this script ends. To be run as the server's user,
# since changing users undoes it.
guard=()
guard_with() { if [[ $mortal ]]; then guard=(setpriv --pdeathsig "$1" --); fi; }

# Notes a server that was started in the background, once it can be told by its command line: until the new process has
# become the server, it looks like this script, and so like somebody else's. The shell need not report how it ends.
started() {
  disown "$1"
  printf '%s\n' "$1" >"$2"
  until_true 10 became_itself "$1" || true
}
became_itself() { gone "$1" || has_our_directory "$1"; }
has_our_directory() { tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$dir"; }

# Prints what a file holds, where there is one.
kept() { [[ -s $1 ]] && head -n 1 -- "$1"; }

# Prints the pid in a file if it is still that of a process started here: ours have our directory on their command line.
# After a crash or a reboot the number may be somebody else's.
ours() {
  local pid
  pid=$(kept "$1") && alive "$pid" && has_our_directory "$pid" && printf '%s\n' "$pid"
}

last_lines() {
  say "the last lines of $(basename -- "$1"):"
  tail -n 20 -- "$1" >&2 || true
}

# Runs apt-get with services kept from starting: only servers started below are wanted.
apt_quiet() {
  local policy=/usr/sbin/policy-rc.d made=''
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=yes
  fi
  local status=0
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2 || status=$?
  if [[ $made ]]; then rm -f -- "$policy"; fi
  return "$status"
}

# The package lists of a fresh machine are empty or old, so they are fetched once the first install has failed.
apt_install() {
  am_root && command -v apt-get >/dev/null || return 1
  say "installing $*"
  apt_quiet install -y --no-install-recommends "$@" 2>/dev/null ||
    { apt_quiet update && apt_quiet install -y --no-install-recommends "$@"; }
}
