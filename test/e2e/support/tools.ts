import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "vitest";
import { inRepository } from "./paths.js";

/** The programs that we did not write, and what `scripts/test-tools.sh` names them by. */
export type Tool =
  | "grpcurl"
  | "grpc_health_probe"
  | "prometheus"
  | "promtool"
  | "amtool"
  | "prometheus-alertmanager"
  | "envoy"
  | "python"
  | "nginx"
  | "openssl"
  | "etcd"
  | "versitygw"
  | "milvus-lite"
  | "postgres"
  | "mariadbd"
  | "redis-server"
  | "manifests"
  | "curl"
  | "chromium"
  | "kube-apiserver"
  | "systemd-analyze"
  | "systemd-socket-activate";

/** The tool's path; throws with a line that says how to install it. */
export function toolPath(tool: Tool): string {
  const found = candidates(tool).find(isExecutable);
  if (found === undefined) throw new Error(missing(tool));
  return found;
}

/**
 * Describes tests that start third-party programs. Where one is not installed they are skipped, with a line that says
 * how to install it; with `CI=true` that is a failure.
 */
export function describeWith(tools: readonly Tool[], title: string, tests: () => void): void {
  const absent = tools.filter((tool) => !candidates(tool).some(isExecutable));
  if (absent.length === 0) {
    describe(title, tests);
    return;
  }
  const message = absent.map(missing).join("; ");
  if (process.env.CI === "true") {
    describe(title, () => {
      it("has its programs", () => {
        throw new Error(message);
      });
    });
    return;
  }
  console.warn(`skipped: ${title}: ${message}`);
  describe.skip(title, tests);
}

const missing = (tool: Tool): string =>
  `${tool} is not installed: run \`${tool === "kube-apiserver" ? "npm run test:kubernetes" : "bash scripts/test-tools.sh"}\``;

/** Ours first, so that the versions are those of test/tools; Python only from ours, since it needs its packages. */
function candidates(tool: Tool): readonly string[] {
  if (tool === "python") return [inRepository(".tools/venv/bin/python")];
  // Debian keeps a folder for each version, the newest last.
  if (tool === "postgres") return postgresVersions().map((version) => join(postgresRoot, version, "bin/postgres"));
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  const onPath = directories.map((directory) => join(directory, tool));
  return [inRepository(`.tools/bin/${tool}`), inRepository(`.tools/venv/bin/${tool}`), ...onPath];
}

const postgresRoot = "/usr/lib/postgresql";

const postgresVersions = (): readonly string[] =>
  existsSync(postgresRoot) ? readdirSync(postgresRoot).sort((a, b) => Number(b) - Number(a)) : [];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
