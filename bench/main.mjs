// `npm run bench`: this server beside its peers on this machine. docs/performance.md says what each row means.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { pinSelf } from "./harness/proc.mjs";
import { summarize, table } from "./harness/report.mjs";
import { runRow } from "./harness/runner.mjs";
import { buildTools } from "./harness/tools.mjs";
import { parseOptions, usage } from "./options.mjs";
import { mainProgram } from "./peers/gpu-health.mjs";
import { busy } from "./rows/busy.mjs";
import { fiveHundredChecks, memoryOfChecks } from "./rows/checks.mjs";
import { fresh } from "./rows/fresh.mjs";
import { guard } from "./rows/guard.mjs";
import { hang } from "./rows/hang.mjs";
import { idle } from "./rows/idle.mjs";
import { leaks } from "./rows/leaks.mjs";
import { embeddedReused, reused } from "./rows/reused.mjs";
import { sample } from "./rows/sample.mjs";
import { start } from "./rows/start.mjs";
import { embeddedWatchers, tenThousandWatchers, thousandWatchers } from "./rows/watchers.mjs";

const allRows = [
  start,
  reused,
  fresh,
  busy,
  thousandWatchers,
  tenThousandWatchers,
  embeddedReused,
  embeddedWatchers,
  sample,
  idle,
  hang,
  fiveHundredChecks,
  memoryOfChecks,
  guard,
  leaks,
];
const resultsFolder = fileURLToPath(new URL("results/", import.meta.url));

async function main() {
  const rowNames = allRows.map((row) => row.name);
  const { size, help, wants } = parseOptions(process.argv.slice(2), rowNames);
  if (help) {
    console.log(`${usage}\n\nRows: ${rowNames.join(", ")}`);
    return;
  }
  requireMachine();
  buildTools();
  pinSelf();
  const begin = new Date();
  const { results, failures } = await runAll(
    allRows.filter((row) => wants(row.name)),
    size,
  );
  console.log(table(results));
  console.log(`\nResults as JSON: ${writeResults(begin, size, results)}`);
  for (const failure of failures) {
    console.error(failure);
  }
  process.exitCode = failures.length === 0 ? 0 : 1;
}

function requireMachine() {
  if (availableParallelism() < 2) {
    throw new Error("The bench needs two cores, one for the server and one for the load generator; here there is one.");
  }
  if (!existsSync(mainProgram)) {
    throw new Error(`${mainProgram} is missing: run "npm run build" first.`);
  }
}

/** A row that fails is reported and does not cost the figures of the others. */
async function runAll(rows, size) {
  const results = [];
  const failures = [];
  for (const row of rows) {
    try {
      const values = await runRow(row, size, (message) => console.error(message));
      results.push({ row, entries: summarize(row, values) });
    } catch (error) {
      failures.push(`${row.title}: ${describe(error)}`);
    }
  }
  return { results, failures };
}

function describe(error) {
  return error.cause === undefined ? error.message : `${error.message} (${describe(error.cause)})`;
}

function writeResults(begin, size, results) {
  mkdirSync(resultsFolder, { recursive: true });
  const file = `${resultsFolder}${begin.toISOString().replaceAll(":", "-")}.json`;
  const machine = {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    node: process.version,
    grpcJs: grpcJsVersion(),
  };
  const entries = results.flatMap((result) => result.entries);
  writeFileSync(file, `${JSON.stringify({ begin, size, machine, entries }, null, 2)}\n`);
  return file;
}

function grpcJsVersion() {
  const manifest = new URL("../node_modules/@grpc/grpc-js/package.json", import.meta.url);
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

try {
  await main();
} catch (error) {
  console.error(describe(error));
  process.exitCode = 1;
}
