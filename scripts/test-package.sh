#!/usr/bin/env bash
# Tests the package as it is released, which takes minutes: packs it with the prebuilt native part, installs it into an
# empty folder without a compiler, and then serves from it on the oldest glibc that Debian still has (2.31, of
# Debian 11), below a root folder in which there is that glibc, Node and the package, and nothing else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

archive=https://deb.debian.org/debian
suite=bullseye

folder=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then { kill -KILL "$server" && wait "$server"; } 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT

npm pack --pack-destination "$folder"
tarball=$(ls "$folder"/gpu-health-*.tgz)
GPU_HEALTH_TARBALL=$tarball npx vitest run --project e2e test/e2e/package.test.ts

# Prints path and SHA-256 of a package's newest file.
locate() {
  awk -v package="$1" '
    $1 == "Package:" { wanted = $2 == package }
    wanted && $1 == "Filename:" { file = $2 }
    wanted && $1 == "SHA256:" { sum = $2 }
    END { print file, sum }' "$folder/packages"
}

old="$folder/old"
mkdir -p "$old"/{proc,tmp,opt,usr/bin}
curl --silent --show-error --fail "$archive/dists/$suite/main/binary-amd64/Packages.xz" | xz -dc >"$folder/packages"
for package in libc6 libstdc++6 libgcc-s1; do
  read -r file sum < <(locate "$package")
  curl --silent --show-error --fail --output "$folder/package.deb" "$archive/$file"
  echo "$sum $folder/package.deb" | sha256sum --check --quiet
  dpkg-deb --extract "$folder/package.deb" "$old"
done
cp "$(readlink -f "$(command -v node)")" "$old/usr/bin/node"
npm install --silent --prefer-offline --no-save --prefix "$old/opt" "$tarball"

# The package's program. In namespaces of its own, so that it needs no root outside and nothing of it is left behind.
on_old_glibc() {
  env --ignore-environment unshare --map-root-user --mount --pid --fork --kill-child --root="$old" --mount-proc \
    /usr/bin/node "$@"
}
program=/opt/node_modules/gpu-health/dist/program/main.js

echo "glibc $(on_old_glibc --print 'process.report.getReport().header.glibcVersionRuntime'):"
on_old_glibc "$program" serve --simulate h200x2 --grpc 127.0.0.1:0 --http 127.0.0.1:0 --admin 127.0.0.1:0 >"$folder/log" &
server=$!
for _ in $(seq 100); do
  address=$(sed -nE 's/.*"event":"ready","grpc":\["([^"]+)".*/\1/p' "$folder/log")
  [ -z "$address" ] || break
  sleep 0.2
done
if ! on_old_glibc "$program" check "$address"; then
  cat "$folder/log"
  exit 1
fi
