// Configurations for the rows "checks-…", as files that are deleted afterwards.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Calls `use` with the path of a configuration that has these checks and no GPUs. JSON is YAML too. */
export async function withConfiguration(checks, use) {
  const folder = mkdtempSync(join(tmpdir(), "gpu-health-bench-"));
  try {
    const file = join(folder, "gpu-health.yaml");
    writeFileSync(file, JSON.stringify({ gpu: { mode: "off" }, checks }));
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** 500 checks of one HTTP server, each of a path of its own, once a second without jitter. */
export function fiveHundred(address) {
  const check = (path) => ({ type: "http", url: `http://${address}${path}`, interval: "1s", jitter: "0%" });
  const paths = Array.from({ length: 500 }, (_, index) => `/${index}`);
  return Object.fromEntries(paths.map((path, index) => [`check-${index}`, check(path)]));
}

/**
 * 100 runs a second, of checks that pass, are refused, and hang until their deadline; once in 10 s a program that ends and
 * one that is killed. Names that begin with "hang" are not waited for by the simulation.
 */
export function cheapChecks({ http, silent, refusing }) {
  const every = { interval: "1s", timeout: "300ms" };
  const rarely = { interval: "10s", timeout: "300ms" };
  return {
    ...repeated("tcp", 40, { type: "tcp", address: http, ...every }),
    ...repeated("tcp-refused", 10, { type: "tcp", address: refusing, ...every }),
    ...repeated("http", 30, { type: "http", url: `http://${http}/`, ...every }),
    ...repeated("http-refused", 10, { type: "http", url: `http://${refusing}/`, ...every }),
    ...repeated("hang-http", 6, { type: "http", url: `http://${silent}/`, ...every }),
    ...repeated("hang-tls", 2, { type: "tls", address: silent, ...every }),
    ...repeated("hang-grpc", 2, { type: "grpc", address: silent, ...every }),
    exec: { type: "exec", command: ["/bin/true"], ...rarely },
    "hang-exec": { type: "exec", command: ["/bin/sleep", "3600"], ...rarely },
  };
}

const repeated = (name, times, check) =>
  Object.fromEntries(Array.from({ length: times }, (_, index) => [`${name}-${index}`, check]));
