#!/usr/bin/env bash
# Shows this server on a machine with an NVIDIA GPU; --help says how. Builds what is missing first, and nothing that was
# built elsewhere and copied here: with build/Release and dist/program in place a Node binary is all that is needed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
node="${NODE:-node}"

if ! command -v "$node" >/dev/null; then
  echo "There is no Node here ($node): install Node 20.17 or later, or name its binary in NODE." >&2
  exit 2
fi

if [[ ! -e build/Release/gpu_health.node || ! -e dist/program/main.js ]]; then
  if [[ ! -d node_modules ]] && ! command -v npm >/dev/null; then
    echo "This checkout is not built, and there is no npm to build it with." >&2
    echo "Build it elsewhere (npm ci), and copy build/Release and dist/program here." >&2
    exit 2
  fi
  [[ -d node_modules ]] || npm ci --ignore-scripts
  [[ -e build/Release/gpu_health.node ]] || "$node" scripts/install.mjs
  if [[ ! -e dist/program/main.js ]]; then
    "$node" node_modules/typescript/bin/tsc -p tsconfig.build.json
    "$node" scripts/bundle.mjs
  fi
fi

exec "$node" bench/gpu/main.mjs "$@"
