// Asks nvidia-smi. Its fields differ from version to version, so it is asked first which it has.

import { runToEnd } from "./programs.mjs";

const timeoutMs = 30_000;

/** The names that `nvidia-smi --help-query-gpu` lists, in quotes. */
export const listedFields = (help) => new Set([...help.matchAll(/"([a-z0-9_.]+)"/g)].map(([, name]) => name));

/** Rows of `--format=csv,noheader,nounits`; what nvidia-smi does not have (N/A, [Not Supported]) is undefined. */
export function parseRows(output, names) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const words = line.split(",").map((word) => word.trim());
    return Object.fromEntries(
      names.map((name, column) => [name, isMissing(words[column]) ? undefined : words[column]]),
    );
  });
}

const isMissing = (word) =>
  word === undefined || /^\[?(n\/a|not supported|unknown error|not found|insufficient permissions)?\]?$/i.test(word);

/** What this machine's nvidia-smi can be asked for; undefined where there is none, or it fails. */
export async function openNvidiaSmi() {
  const gpu = await runToEnd("nvidia-smi", ["--help-query-gpu"], { timeoutMs });
  const rows = await runToEnd("nvidia-smi", ["--help-query-remapped-rows"], { timeoutMs });
  if (gpu.code !== 0) return undefined;
  return { gpu: listedFields(gpu.stdout), "remapped-rows": rows.code === 0 ? listedFields(rows.stdout) : new Set() };
}

/** The first of these names that nvidia-smi has, and in which of its queries; undefined: it has none. */
export function findField(known, names) {
  for (const query of ["gpu", "remapped-rows"]) {
    const name = names.find((each) => known[query].has(each));
    if (name !== undefined) return { query, name };
  }
  return undefined;
}

/** Values by UUID and by field, as words. Throws with what nvidia-smi said. */
export async function askNvidiaSmi(found) {
  const byUuid = new Map();
  for (const [query, key] of [
    ["gpu", "uuid"],
    ["remapped-rows", "gpu_uuid"],
  ]) {
    const names = found.filter((field) => field.query === query).map(({ name }) => name);
    if (names.length === 0) continue;
    const columns = [key, ...names];
    const asked = [`--query-${query}=${columns.join(",")}`, "--format=csv,noheader,nounits"];
    const { code, stdout, stderr } = await runToEnd("nvidia-smi", asked, { timeoutMs });
    if (code !== 0) throw new Error(`nvidia-smi --query-${query} ended with ${code}: ${(stdout + stderr).trim()}`);
    for (const { [key]: uuid, ...values } of parseRows(stdout, columns)) {
      byUuid.set(uuid, { ...byUuid.get(uuid), ...values });
    }
  }
  return byUuid;
}
