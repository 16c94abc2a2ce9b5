import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const source = fileURLToPath(new URL("../src", import.meta.url));

/** What each part of src/ may import beside itself. docs/architecture.md gives the reasons. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  client: ["core", "proto"],
  proto: [],
  live: ["core"],
  page: ["core", "live"],
  net: ["core"],
  gpu: ["core"],
  checks: ["core", "gpu", "proto"],
  scheduler: ["core"],
  config: ["core", "checks", "gpu"],
  "outputs/alerts": ["core"],
  "outputs/grpc": ["core", "net", "proto"],
  "outputs/http": ["core", "live", "net"],
  "outputs/kubernetes": ["core"],
  "outputs/log": ["core"],
  "outputs/metrics": ["core"],
  "outputs/supervise": ["core"],
  "outputs/systemd": ["core"],
  cli: ["client", "core", "config", "gpu", "live"],
  library: ["config", "core", "checks", "gpu", "outputs/*", "proto", "runtime"],
  runtime: ["cli", "config", "core", "checks", "gpu", "outputs/*", "scheduler"],
  "grpc-health-check.ts": ["library", "outputs/*"],
  "index.ts": ["checks", "client", "core", "library", "outputs/*", "proto", "runtime"],
  "main.ts": ["cli", "runtime"],
};

/** Of these parts only these files are for others. */
const doors: Readonly<Record<string, readonly string[]>> = {
  "config → checks": [
    "checks/catalogue.ts",
    "checks/check-type.ts",
    "checks/common/secret.ts",
    "checks/driver.ts",
    "checks/options.ts",
    "checks/secret-options.ts",
  ],
  "config → gpu": ["gpu/faults/catalogue.ts", "gpu/faults/row.ts"],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));

const imports: readonly Import[] = files.flatMap((file) => {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(source, file), "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => ({
      from: file,
      to: sourceOf(relative(source, resolve(source, dirname(file), name))),
    }));
});

/** The file that an import of a `.js` file means. */
function sourceOf(imported: string): string {
  const [ts, tsx] = [imported.replace(/\.js$/, ".ts"), imported.replace(/\.js$/, ".tsx")];
  return files.includes(tsx) ? tsx : ts;
}

function partOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  return first === "outputs" ? `outputs/${second}` : first;
}

const isAllowed = (from: string, to: string): boolean =>
  from === to ||
  (allowed[from] ?? []).some((each) => each === to || (each === "outputs/*" && to.startsWith("outputs/")));

describe("the import rule", () => {
  it("knows every part of src/", () => {
    expect([...new Set(files.map(partOf))].filter((part) => !(part in allowed))).toEqual([]);
  });

  it("is kept by every import", () => {
    const broken = imports.filter(({ from, to }) => !isAllowed(partOf(from), partOf(to)));
    expect(broken).toEqual([]);
  });

  it("is kept at the doors between parts", () => {
    const broken = imports.filter(({ from, to }) => {
      const door = doors[`${partOf(from)} → ${partOf(to)}`];
      return door !== undefined && !door.includes(to);
    });
    expect(broken).toEqual([]);
  });

  it("sees the imports at all", () => {
    expect(imports).toContainEqual({ from: "main.ts", to: "cli/program.ts" });
    expect(imports).toContainEqual({ from: "main.ts", to: "runtime/serve.ts" });
    expect(imports.length).toBeGreaterThan(100);
  });

  it("lets checks and GPUs give declared reasons only", () => {
    const open = files.filter((file) => {
      if (!/^(checks|gpu)\//.test(file)) return false;
      const text = readFileSync(join(source, file), "utf8");
      const names = [...text.matchAll(/^import (?:type )?\{([^}]*)\} from "[^"]*core\/(?:check|result)\.js";/gm)];
      return names.some(([, list = ""]) => /\b(Answer|Check|CheckError|Observation|Result)\b/.test(list));
    });
    // What closes the types, what is for check types of users too, and what repeats reasons of other processes.
    expect(open.sort()).toEqual(["checks/check-type.ts", "checks/discreet.ts", "checks/services/heartbeat.ts"]);
  });

  it("lets one file alone load the native addon", () => {
    const loaders = files.filter((file) =>
      /createRequire\(import\.meta\.url\)\(|process\.dlopen/.test(readFileSync(join(source, file), "utf8")),
    );
    expect(loaders).toEqual(["gpu/addon.ts"]);
  });

  it("lets the binding alone know Node-API", () => {
    const native = fileURLToPath(new URL("../native", import.meta.url));
    const users = readdirSync(native, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(cc|h)$/.test(file))
      .filter((file) => /#include\s*<(napi|node_api)\.h>/.test(readFileSync(join(native, file), "utf8")));
    expect(users.map((file) => file.split("/")[0])).toEqual(users.map(() => "binding"));
    expect(users).not.toEqual([]);
  });

  it("has no import cycle", () => {
    const graph = new Map<string, string[]>();
    for (const { from, to } of imports) graph.set(from, [...(graph.get(from) ?? []), to]);
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
