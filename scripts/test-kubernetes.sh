#!/usr/bin/env bash
# Tests of the node agent and of the manifests against a real kube-apiserver with etcd. Building it takes some nine minutes
# of one core the first time, so this is no part of `npm test`, which tests both without one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "test-kubernetes: $*" >&2
  exit 1
}

program="$PWD/.tools/bin/kube-apiserver"
stamp="$PWD/.tools/bin/.kube-apiserver.sum"

if ! [ -x "$program" ] || ! cmp -s test/tools/kubernetes/go.sum "$stamp"; then
  command -v go >/dev/null || fail "kube-apiserver is built with Go, which is not installed: see https://go.dev/doc/install"
  echo "test-kubernetes: building kube-apiserver"
  mkdir -p .tools/bin
  (cd test/tools/kubernetes && go build -trimpath -ldflags "-s -w" -o "$program" k8s.io/kubernetes/cmd/kube-apiserver)
  cp test/tools/kubernetes/go.sum "$stamp"
fi

CI=true KUBERNETES=real npx vitest run --project e2e test/e2e/node-agent.test.ts test/e2e/kubernetes.test.ts
