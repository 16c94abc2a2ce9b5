import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { expect, it } from "vitest";
import { createProgram } from "../../src/cli/program.js";
import { adminFlags, commandSection, drillTable, tlsFlags } from "../support/commands-reference.js";
import { fillIn } from "../support/reference.js";

const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const unused = (): Promise<never> => Promise.reject(new Error("no command runs here"));
const program = createProgram("VERSION", { serve: unused, listGpus: unused, testReceiver: unused });
const make = (): Command => new Command();

/** Those that do something themselves, and not only by commands below them. */
const runnable = (command: Command): readonly Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(runnable);

it("docs/commands.md has every command, argument and flag", async () => {
  const path = inRepository("docs/commands.md");
  const [drill] = program.commands.filter((command) => command.name() === "drill");
  const others = program.commands.filter((command) => command !== drill).flatMap(runnable);
  const parts = {
    commands: others.map((command) => commandSection(command, make)).join("\n\n"),
    drills: drillTable(drill as Command, make),
    admin: adminFlags(make),
    tls: tlsFlags(make),
  };
  await expect(fillIn(readFileSync(path, "utf8"), parts)).toMatchFileSnapshot(path);
});

it("docs/commands.md has every variable of our own", () => {
  const sources = readdirSync(inRepository("src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `src/${file}`);
  const read = (file: string): string => readFileSync(inRepository(file), "utf8");
  const used = new Set(
    [...sources, "scripts/install.mjs"].flatMap((file) => read(file).match(/\bGPU_HEALTH_[A-Z_]+\b/g) ?? []),
  );
  expect(used.size).toBeGreaterThan(5);
  const documented = read("docs/commands.md");
  expect([...used].filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
});

it("says every default of a flag in words, where its value says nothing to people", () => {
  const silent = runnable(program).flatMap((command) =>
    command.options
      .filter(({ defaultValue, defaultValueDescription }) => {
        const isClear = typeof defaultValue === "string" && defaultValue !== "";
        return defaultValue !== undefined && !isClear && defaultValueDescription === undefined;
      })
      .map(({ flags }) => `${command.name()} ${flags}`),
  );
  expect(silent).toEqual([]);
});
