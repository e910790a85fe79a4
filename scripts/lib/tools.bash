# shellcheck shell=bash
# The programs of cargo's that scripts use, each of one version, kept in target/tools. Sourced by scripts that set root.

tools=${CARGO_TARGET_DIR:-$root/target}/tools
readonly tools

# build_tool NAME VERSION: puts a program there from source, unless it is there.
build_tool() {
  local name=$1 version=$2
  # Not all of them can be asked without cargo.
  if [[ $(PATH=$tools/bin:$PATH cargo "${name#cargo-}" --version 2>/dev/null) != "$name $version" ]]; then
    printf '%s: building %s %s\n' "$(basename -- "$0")" "$name" "$version" >&2
    cargo install --quiet --locked --root "$tools" --version "$version" "$name"
  fi
}
