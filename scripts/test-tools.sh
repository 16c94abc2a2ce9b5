#!/usr/bin/env bash
# Installs the third-party programs that the tests start and that this machine lacks. The lists, with their versions,
# are in test/tools/. Debian packages go to the system (root needed), everything else to .tools/. Run it as often as
# you like: what is there already is left alone. With `debian` as the argument it installs the system's packages only (the
# compilers are among them), with `others` all the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools_dir="$PWD/.tools"
mkdir -p "$tools_dir/bin"

fail() {
  echo "test-tools: $*" >&2
  exit 1
}

# Prints the rows of a list without comments and empty lines.
rows() {
  grep -Ev '^[[:space:]]*(#|$)' "$1"
}

is_there() {
  case "$1" in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

update_package_lists_once() {
  [ -z "${package_lists_updated:-}" ] || return 0
  if [ "$(id -u)" = 0 ]; then apt-get update -qq; fi
  package_lists_updated=yes
}

install_debian_packages() {
  local package proof missing=()
  while read -r package proof; do
    is_there "$proof" || missing+=("$package")
  done < <(rows test/tools/debian.txt)
  [ ${#missing[@]} -gt 0 ] || return 0

  command -v apt-get >/dev/null || fail "this is no Debian system; install by hand what matches: ${missing[*]}"
  [ "$(id -u)" = 0 ] || fail "run as root: apt-get install ${missing[*]}"
  update_package_lists_once
  without_starting_daemons \
    env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
}

# Debian starts the daemons of a package as it installs it, except where this policy refuses. The tests start instances
# of their own. In a subshell, so that the policy that was there comes back whatever happens.
without_starting_daemons() (
  policy=/usr/sbin/policy-rc.d
  kept="$policy.before-test-tools"
  # What a run that was killed left is the policy itself; ours is not to be kept in its place.
  if [ -e "$policy" ] && [ ! -e "$kept" ]; then mv "$policy" "$kept"; fi
  restore() {
    rm -f "$policy"
    if [ -e "$kept" ]; then mv "$kept" "$policy"; fi
  }
  trap restore EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  "$@"
)

# Debian ships promtool with the Prometheus server. Only the two programs are taken out of the package, so no service is
# installed or started.
install_prometheus() {
  local name missing=()
  for name in prometheus promtool; do
    command -v "$name" >/dev/null || [ -x "$tools_dir/bin/$name" ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "this is no Debian system; put ${missing[*]} on the PATH by hand"
  update_package_lists_once
  local unpacked
  unpacked=$(mktemp -d)
  (cd "$unpacked" && apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg-deb -x prometheus_*.deb .)
  for name in "${missing[@]}"; do
    install -m 755 "$unpacked/usr/bin/$name" "$tools_dir/bin/$name"
  done
  rm -rf "$unpacked"
}

# Builds in the module's own directory, so that each program gets the dependencies that its authors released it with.
install_go_programs() {
  local name module version package stamp source_dir
  while read -r name module version package; do
    stamp="$tools_dir/bin/.$name.version"
    if [ -x "$tools_dir/bin/$name" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$version" ]; then continue; fi
    command -v go >/dev/null || fail "$name is built with Go, which is not installed: see https://go.dev/doc/install"
    go mod download "$module@$version"
    source_dir="$(go env GOMODCACHE)/$module@$version"
    (cd "$source_dir" && go build -trimpath -ldflags='-s -w' -o "$tools_dir/bin/$name" "$package") </dev/null
    echo "$version" >"$stamp"
  done < <(rows test/tools/go.txt)
}

# Programs of our own around other people's Go packages. Built again when their source has changed.
build_go_tools() {
  local name=manifests sum stamp
  stamp="$tools_dir/bin/.$name.version"
  sum=$(cat "test/tools/$name/"*.go "test/tools/$name/go.mod" | sha256sum)
  if [ -x "$tools_dir/bin/$name" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ]; then return 0; fi
  command -v go >/dev/null || fail "$name is built with Go, which is not installed: see https://go.dev/doc/install"
  # Most of it is Kubernetes' types, which compile in two thirds of the time when they are not optimized.
  (cd "test/tools/$name" &&
    go build -trimpath -gcflags='k8s.io/...=-N -l' -ldflags='-s -w' -o "$tools_dir/bin/$name" .) </dev/null
  echo "$sum" >"$stamp"
}

install_python_packages() {
  local venv="$tools_dir/venv"
  local stamp="$venv/installed.txt"
  if cmp -s test/tools/python.txt "$stamp"; then return 0; fi
  command -v python3 >/dev/null || fail "Python 3 is not installed (Debian: python3-venv)"
  [ -x "$venv/bin/pip" ] || python3 -m venv "$venv" || fail "no virtual environment could be made (Debian: python3-venv)"
  # Few of their modules are ever imported, and Python compiles those then.
  "$venv/bin/pip" install --quiet --no-compile --disable-pip-version-check --requirement test/tools/python.txt </dev/null
  cp test/tools/python.txt "$stamp"
}

install_others() {
  install_python_packages &
  local python=$!
  install_prometheus
  install_go_programs
  build_go_tools
  wait "$python"
}

case "${1:-all}" in
  debian) install_debian_packages ;;
  others) install_others ;;
  all)
    install_debian_packages
    install_others
    ;;
  *) fail "unknown argument $1: debian or others, or none for both" ;;
esac
echo "test-tools: all there"
