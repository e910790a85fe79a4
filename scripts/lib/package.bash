# shellcheck shell=bash
# The parts of scripts/package. Sourced; needs root, target, out and tools.

say() { printf 'package: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# need COMMAND PACKAGE: has Debian's package that holds a command be installed.
need() {
  ! command -v "$1" >/dev/null || return 0
  ((EUID == 0)) || die "$1 is missing: install $2"
  apt-get install --quiet --quiet --yes --no-install-recommends "$2" >&2
}

# generate PROGRAM: has it write manual pages and completions.
generate() {
  rm -rf -- "$out/man" "$out/completions"
  mkdir -p -- "$out/completions"
  "$1" man "$out/man"
  "$1" completions bash >"$out/completions/portreeve.bash"
  "$1" completions zsh >"$out/completions/_portreeve"
  "$1" completions fish >"$out/completions/portreeve.fish"
}

# That each command has a page is seen to by the command line's tests; here it is that they can be shown.
check_pages() {
  need groff groff-base
  local page warnings
  for page in "$out"/man/*.1; do
    warnings=$(groff -Kutf8 -man -Tutf8 -ww -z "$page" 2>&1)
    [[ -z $warnings ]] || die "$page: $warnings"
  done
}

check_completions() {
  bash -n "$out/completions/portreeve.bash"
  # What bash would be offered after `portreeve ens`.
  local offered
  offered=$(
    . "$out/completions/portreeve.bash"
    COMP_WORDS=(portreeve ens) COMP_CWORD=1 COMPREPLY=()
    _portreeve portreeve ens portreeve
    printf '%s' "${COMPREPLY[*]}"
  )
  [[ $offered == ensure ]] || die "bash completes \`portreeve ens\` with: $offered"
}

# check_units PROGRAM: systemd understands the units, and finds little to be exposed.
check_units() {
  need systemd-analyze systemd
  local units=$out/units unit told
  rm -rf -- "$units"
  mkdir -p -- "$units"
  for unit in "$root"/deploy/systemd/*; do
    # The program and its pages aren't installed here.
    sed -e "s|/usr/bin/portreeve|$1|" -e '/^Documentation=/d' "$unit" >"$units/${unit##*/}"
  done
  told=$(systemd-analyze verify "$units"/* 2>&1) || die "$told"
  # It ends with 0 after a mistyped key, too.
  [[ -z $told ]] || die "$told"
  for unit in "$units"/*.service; do
    # In tenths: 1.5 of 10.
    systemd-analyze security --offline=true --threshold=15 "$unit" >"$units/security" 2>&1 ||
      die "${unit##*/} is more exposed than 1.5: $(tail -n 1 "$units/security")"
  done
}

check_scripts() {
  local script
  for script in "$root"/deploy/debian/*; do sh -n "$script"; done
}

# The C library is in the program. Libraries are built as for any other program, and only the last step differs.
build_static() {
  cargo rustc --quiet --locked --release --package portreeve --bin portreeve -- -C target-feature=+crt-static
  install -D -- "$target/release/portreeve" "$out/static/portreeve"
  strip -- "$out/static/portreeve"
  # A program that needs libraries names who loads them.
  ! readelf --program-headers "$out/static/portreeve" | grep --quiet INTERP || die 'the static program is linked dynamically'
}

version() { "$out/static/portreeve" --version | cut -d ' ' -f 2; }

# One file to unpack below /usr/local, or anywhere.
archive() {
  local name
  name=portreeve-$(version)-$(uname -m)-linux
  local into=$out/$name
  rm -rf -- "$into"
  mkdir -p -- "$into/bin" "$into/share/man" "$into/share/doc/portreeve/docs"
  cp -- "$out/static/portreeve" "$into/bin/"
  cp -R -- "$out/man" "$into/share/man/man1"
  cp -R -- "$out/completions" "$root/deploy/systemd" "$root/deploy/portreeve.toml" "$root"/LICENSE-* \
    "$root"/{README,CHANGELOG,SECURITY}.md "$into/share/doc/portreeve/"
  cp -- "$root"/docs/*.md "$into/share/doc/portreeve/docs/"
  tar --create --gzip --owner=0 --group=0 --numeric-owner --sort=name --directory "$out" --file "$out/$name.tar.gz" "$name"
  rm -rf -- "$into"
}

debian() {
  rm -f -- "$out"/*.deb
  PATH=$tools/bin:$PATH cargo deb --quiet --locked --package portreeve --output "$out/" >/dev/null
  # It takes the place of the static program where that was built.
  [[ $(dpkg-deb --field "$out"/*.deb Depends) == *libc6* ]] || die 'the program in the package is not linked to the C library'
}

# In a root that has nothing but the program and the kernel's random generator, which without a dynamic C library is read
# as a file: it runs, and keeps its records.
try_static() {
  local alone=$out/alone
  rm -rf -- "$alone"
  mkdir -p -- "$alone/tmp" "$alone/dev"
  mknod -m 666 "$alone/dev/random" c 1 8
  mknod -m 666 "$alone/dev/urandom" c 1 9
  cp -- "$out/static/portreeve" "$alone/"
  chroot "$alone" /portreeve --version >/dev/null
  chroot "$alone" /portreeve simulate --seeds 3 >/dev/null
  # A store is made, and an engine that isn't there is told of with status 3.
  local status=0
  PORTREEVE_KEY=$(head -c 32 /dev/urandom | base64) \
    chroot "$alone" /portreeve --store sqlite:/tmp/portreeve.db --set timing.patience=100ms ensure alice >/dev/null 2>&1 || status=$?
  ((status == 3)) || die "in an empty root the static program ended with $status, and not with 3"
  [[ -s $alone/tmp/portreeve.db ]] || die 'in an empty root the static program made no store'
  rm -rf -- "$alone"
  say 'the static program runs in an empty root'
}

# In a Debian of its own: installed, used, upgraded over itself, purged.
try_debian() {
  need debootstrap debootstrap
  local debian=$out/debian package status=0
  package=$(cd -- "$out" && ls -- *.deb)
  rm -rf --one-file-system -- "$debian"
  # shellcheck disable=SC1091 # What is read is the machine's.
  debootstrap --variant=minbase --include=adduser "${DEBIAN_SUITE:-$(. /etc/os-release && printf %s "$VERSION_CODENAME")}" \
    "$debian" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$out/debootstrap.log" 2>&1 || die "debootstrap: $(tail -n 1 "$out/debootstrap.log")"
  cp -- "$out/$package" "$debian/tmp/"
  cp -- "$root/scripts/lib/try-package" "$debian/tmp/"
  chroot "$debian" /tmp/try-package "/tmp/$package" || status=$?
  rm -rf --one-file-system -- "$debian"
  ((status == 0)) || die "the package fails in a Debian of its own"
  say 'the Debian package installs, runs, and is purged without the store'
}
