import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeSimulatorFolder } from "../../src/gpu/simulator-folder.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gpu-health-folders-"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The parts of a folder's name: `gpu-health-simulator-PID.NAMESPACE.START-XXXXXX`. */
function partsOf(path: string): { pid: string; namespace: string; start: string } {
  const [, pid = "", namespace = "", start = ""] =
    /^gpu-health-simulator-(\d+)\.(\d+)\.(\d+)-.{6}$/.exec(basename(path)) ?? [];
  return { pid, namespace, start };
}

const place = (name: string): string => {
  const path = join(folder, `gpu-health-simulator-${name}`);
  mkdirSync(path);
  writeFileSync(join(path, "state.conf"), "model = h200\n");
  return path;
};

it("keeps the folders of processes that run, and names them", () => {
  const first = makeSimulatorFolder();
  expect(partsOf(first).pid).toBe(String(process.pid));
  const second = makeSimulatorFolder();
  expect([existsSync(first), existsSync(second)]).toEqual([true, true]);
});

it("removes those of processes that are gone, also where another has the PID now", async () => {
  const { pid, namespace, start } = partsOf(makeSimulatorFolder());
  const ended = spawn("true");
  await once(ended, "exit");
  const stale = [place(`${ended.pid}.${namespace}.${start}-aaaaaa`), place(`${pid}.${namespace}.1-bbbbbb`)];
  const made = makeSimulatorFolder();
  expect(stale.filter((path) => existsSync(path))).toEqual([]);
  expect(existsSync(made)).toBe(true);
});

it("leaves alone what is another container's, and what it does not know", () => {
  const { namespace, start } = partsOf(makeSimulatorFolder());
  const others = [
    place(`999999999.${Number(namespace) + 1}.${start}-aaaaaa`),
    place("aaaaaa"),
    place(`999999999.${namespace}.${start}-aaaaaa-more`),
  ];
  makeSimulatorFolder();
  expect(others.filter((path) => !existsSync(path))).toEqual([]);
  expect(readdirSync(folder)).toHaveLength(5);
});
