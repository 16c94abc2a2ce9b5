// The report of a run: as text for people, as JSON for programs.

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../results/", import.meta.url));

const words = { ok: "ok", differs: "DIFFERS", impossible: "not possible here" };
const width = Math.max(...Object.values(words).map(({ length }) => length));

/** One step: its title, and a line for each finding. */
export const stepText = ({ title, findings }) =>
  [
    `\n${title}`,
    ...findings.map(({ outcome, what, detail }) => `  ${words[outcome].padEnd(width)}  ${what}: ${detail}`),
  ].join("\n");

export function countOutcomes(steps) {
  const counts = { ok: 0, differs: 0, impossible: 0 };
  for (const { findings } of steps) for (const { outcome } of findings) counts[outcome] += 1;
  return counts;
}

export const summary = (counts) => `${counts.ok} ok, ${counts.differs} differ, ${counts.impossible} not possible here`;

/** Writes results/gpu-<time>.json and .txt; gives their path without the ending. */
export function writeReport(begin, machine, steps, text) {
  mkdirSync(folder, { recursive: true });
  const path = `${folder}gpu-${begin.toISOString().replaceAll(":", "-")}`;
  const outcomes = countOutcomes(steps);
  writeFileSync(`${path}.json`, `${JSON.stringify({ begin, machine, outcomes, steps }, null, 2)}\n`);
  writeFileSync(`${path}.txt`, `${text}\n`);
  return path;
}
