// `npm run torture`: the built server under every fault that it must survive. docs/reliability.md says what each is and
// keeps the figures. Ends with 1 where a probe failed, a problem was seen or something was left behind.

import { allCases } from "./cases/index.mjs";
import { table } from "./harness/report.mjs";
import { runCase } from "./harness/runner.mjs";
import { parseOptions, usage } from "./options.mjs";

async function main() {
  const names = allCases.map(({ name }) => name);
  const { help, json, wants, ...options } = parseOptions(process.argv.slice(2), names);
  if (help) {
    console.log(`${usage}\n\nCases: ${names.join(", ")}`);
    return;
  }
  const results = [];
  for (const torture of allCases.filter(({ name }) => wants(name))) {
    console.error(`${torture.title} …`);
    try {
      const result = await runCase(torture, options);
      results.push(result);
      if (json) console.log(JSON.stringify(result));
      for (const problem of result.problems) complain(`${torture.name}: ${problem}`);
    } catch (error) {
      complain(`${torture.name}: ${error.message}`);
    }
  }
  if (!json) console.log(table(results));
}

function complain(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  complain(error.message);
}
