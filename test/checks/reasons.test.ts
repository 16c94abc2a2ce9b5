import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../src/checks/catalogue.js";
import { defineCheck } from "../../src/checks/check-type.js";
import { mapping } from "../../src/checks/options.js";
import { type Reason, reasonGroups } from "../../src/checks/reasons.js";
import { CheckError, type Result } from "../../src/checks/result.js";
import { CheckError as OpenCheckError } from "../../src/core/check.js";
import type { ReasonGroup } from "../../src/core/reason.js";
import { faultRows } from "../../src/gpu/faults/catalogue.js";
import type { Result as GpuResult } from "../../src/gpu/result.js";
import { declaredReasons, gives, groupsByName } from "../support/reasons.js";

const source = fileURLToPath(new URL("../../src", import.meta.url));
const isDeclaration = (file: string): boolean => /(?:^|[/-])reasons\.ts$/.test(file);
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !isDeclaration(file),
);
/** Without the list of a check type: what is only listed is given by nothing. */
const textOf = new Map(
  files.map((file) => [file, readFileSync(join(source, file), "utf8").replace(/^ {2}reasons: \[[^\]]*\],$/m, "")]),
);

/** The reasons that a file names: in quotes, or as a template of which a part is chosen among words. */
function namedIn(file: string): readonly string[] {
  const text = textOf.get(file) ?? "";
  const words = new Set([...text.matchAll(/"([a-z0-9_]+)"/g)].map(([, word = ""]) => word));
  const templates = [...text.matchAll(/`([a-z_]*)\$\{\w+\}([a-z_]*)`/g)]
    .filter(([, before = "", after = ""]) => before.length + after.length > 3)
    .map(([, before, after]) => new RegExp(`^${before}[a-z]+${after}$`));
  return declaredReasons.filter((reason) => words.has(reason) || templates.some((template) => template.test(reason)));
}

/** The files that a file reaches through imports, itself among them. */
function reachedFrom(file: string, reached = new Set<string>()): ReadonlySet<string> {
  if (reached.has(file) || !textOf.has(file)) return reached;
  reached.add(file);
  for (const { fileName } of ts.preProcessFile(textOf.get(file) ?? "", true, true).importedFiles) {
    const path = resolve(source, dirname(file), fileName.replace(/\.js$/, ".ts"));
    if (fileName.startsWith(".") && existsSync(path)) reachedFrom(relative(source, path), reached);
  }
  return reached;
}

/** The file that declares a check type. */
function fileOf(type: string): string {
  const file = files.find((each) => each.startsWith("checks/") && textOf.get(each)?.includes(`\n  type: "${type}",\n`));
  if (file === undefined) throw new Error(`no file declares ${type}`);
  return file;
}

describe("the declared reasons", () => {
  it("are each in one group only, and no fault has the name of one", () => {
    const all = [...declaredReasons, ...faultRows.map(({ fault }) => fault)];
    expect(all.filter((reason, index) => all.indexOf(reason) !== index)).toEqual([]);
  });

  it.each(Object.entries(groupsByName))("of %s are words in order, each with sentences for a person", (_, group) => {
    expect(group.title).toMatch(/^[A-Za-z0-9 ]+$/);
    const reasons = Object.keys(group.reasons);
    expect(reasons).toEqual([...reasons].sort());
    for (const reason of reasons) expect(reason).toMatch(/^[a-z][a-z0-9_]*$/);
    for (const { means, look } of Object.values(group.reasons)) {
      expect(means).toMatch(/^(?:[A-Z]|(?:etcd|gpu-health|systemd)(?:'s)? ).*\.$/);
      expect(look).toMatch(/\.$/);
    }
  });

  it("are all given by something", () => {
    const named = new Set(files.flatMap(namedIn));
    expect(declaredReasons.filter((reason) => !named.has(reason))).toEqual([]);
  });

  it("are the only ones that tsc lets through, in results and in errors", () => {
    const known: Reason[] = ["replication_lag", "gpu_too_hot", "xid_79", "timeout"];
    // @ts-expect-error a typing error
    const mistyped: Reason = "replication_lagg";
    // @ts-expect-error no reason of a check
    const result: Result = { status: "unhealthy", reason: "draining", message: "" };
    // @ts-expect-error no reason of a GPU
    const gpuResult: GpuResult = { status: "unhealthy", reason: "connection_refused", message: "" };
    // @ts-expect-error a typing error
    const error = new CheckError({ reason: "conection_refused", message: "" });
    defineCheck({
      type: "typed",
      summary: "What TypeScript refuses.",
      // @ts-expect-error neither a group nor a reason
      reasons: ["tsl"],
      options: () => mapping({}),
      readings: {},
      // @ts-expect-error a typing error
      create: () => ({ run: () => ({ status: "unhealthy", reason: "timeuot", message: "" }) }),
    });
    expect(error).toBeInstanceOf(OpenCheckError);
    expect([...known, mistyped, result.reason, gpuResult.reason]).toHaveLength(7);
  });
});

describe.each(catalogue)("a check type: $type", (type) => {
  const reached = [...reachedFrom(fileOf(type.type))];

  it("lists only what something behind it gives", () => {
    const named = new Set(reached.flatMap(namedIn));
    const groups: Readonly<Record<string, ReasonGroup>> = reasonGroups;
    for (const entry of type.reasons) {
      const reasons = Object.keys(groups[entry]?.reasons ?? { [entry]: {} });
      expect(
        reasons.filter((reason) => !named.has(reason)),
        entry,
      ).toEqual([]);
    }
    expect(new Set(type.reasons).size).toBe(type.reasons.length);
  });

  // What is in common/ serves many types, some of which cannot have all of it; core and gpu/ have types of their own.
  it("lists whatever its own files give", () => {
    const own = reached.filter((file) => /^checks\/\w+\//.test(file) && !file.startsWith("checks/common/"));
    const given = own.flatMap((file) =>
      [
        ...(textOf.get(file) ?? "").matchAll(/(?:\breason: |\b(?:unhealthy|failure|complaint)\(\s*)"([a-z0-9_]+)"/g),
      ].map(([, reason = ""]) => reason),
    );
    const missing = given.filter((reason) => declaredReasons.includes(reason) && !gives(type, reason));
    expect([...new Set(missing)]).toEqual([]);
  });
});
