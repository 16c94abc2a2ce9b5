import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Found } from "../../src/cli/discovery/discover.js";
import type { GpuListing, ListGpus } from "../../src/cli/gpus.js";
import { type InitOptions, init, initCommand, type Surroundings } from "../../src/cli/init.js";
import { presetNames } from "../../src/cli/presets/presets.js";
import {
  kserveBlock,
  llmBlock,
  sglangBlock,
  tgiBlock,
  torchserveBlock,
  tritonBlock,
  vllmBlock,
} from "../../src/cli/presets/server-blocks.js";
import { milvusBlock, postgresBlock, redisBlock } from "../../src/cli/presets/store-blocks.js";
import { loadConfiguration } from "../../src/config/load.js";
import { missingDriver } from "../../src/config/missing-driver.js";
import { gpuView } from "../support/gpu.js";
import { outcomeOf, parse } from "./support.js";

const directory = mkdtempSync(join(tmpdir(), "init-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const listing =
  (gpus: GpuListing["gpus"]): ListGpus =>
  async (_options, show) =>
    show({
      library: { phase: "ready", path: "libnvidia-ml.so.1", simulated: false } as GpuListing["library"],
      gpus,
    });
const noDriver: ListGpus = async (_options, show) =>
  show({
    library: { phase: "failed", path: "x", reason: "nvml_library_not_found", message: "no\nlibrary", remedy: "" },
    gpus: [],
  });

const alone: Surroundings = { listGpus: noDriver, discover: async () => [], missingDriver };

const run = (options: InitOptions, surroundings: Partial<Surroundings> = {}) =>
  outcomeOf((terminal) => init(options, { ...alone, ...surroundings }, terminal));

/** The configuration that the text comes to; fails with its errors. */
function load(text: string) {
  const loaded = loadConfiguration(text, "gpu-health.yaml", {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  return loaded.configuration;
}

const found = (...blocks: readonly Found["block"][]): Pick<Surroundings, "discover"> => ({
  discover: async () => blocks.map((block) => ({ place: { port: 1234, kind: "model server" }, block })),
});

describe("init --preset", () => {
  it.each(presetNames)("%s is valid, and every check has its place in the component", async (preset) => {
    const { code, out } = await run({ preset });
    expect(code).toBe(0);
    const { checks, components } = load(out.join("\n"));
    expect(components).toHaveLength(1);
    const placed = components.flatMap(({ critical, optional }) => [...critical, ...optional]);
    expect([...placed].sort()).toEqual(checks.map(({ name }) => name).sort());
    expect(checks.some(({ isImplicit }) => isImplicit)).toBe(false);
  });

  it.each(presetNames)(
    "%s is valid without the packages that it could use, and says how to install them",
    async (preset) => {
      const install = 'npm install "some-driver@^1"';
      const needPackages = ["redis", "postgres", "s3"];
      const isMissing = (type: string) => (needPackages.includes(type) ? install : undefined);
      const text = (await run({ preset }, { missingDriver: isMissing })).out.join("\n");
      expect(load(text).checks.filter(({ type }) => needPackages.includes(type))).toEqual([]);
      expect(text.includes(install)).toBe(preset === "milvus-rag");
    },
  );

  it("leaves Milvus its port", async () => {
    const { out } = await run({ preset: "milvus-rag" });
    expect(load(out.join("\n")).http.listen).toEqual([{ address: "0.0.0.0:9095" }]);
  });
});

describe("init --output", () => {
  it("writes a file, and never over another one unless it is told to", async () => {
    const output = join(directory, "gpu-health.yaml");
    expect(await run({ preset: "vllm", output })).toMatchObject({
      code: 0,
      out: [`${output}: written, with 4 checks. Next: gpu-health validate ${output}`],
    });
    const written = readFileSync(output, "utf8");
    load(written);
    writeFileSync(output, "mine\n");
    expect(await run({ preset: "vllm", output })).toEqual({
      code: 1,
      out: [],
      err: [`error: ${output}: the file is there already: name another one, or use --force`],
    });
    expect(readFileSync(output, "utf8")).toBe("mine\n");
    expect(await run({ preset: "vllm", output, force: true })).toMatchObject({ code: 0 });
    expect(readFileSync(output, "utf8")).toBe(written);
  });

  it("says where it cannot write, with and without a preset", async () => {
    const output = join(directory, "none", "gpu-health.yaml");
    const err = [expect.stringMatching(/none\/gpu-health\.yaml: cannot be written: ENOENT/)];
    expect(await run({ preset: "tgi", output })).toMatchObject({ code: 1, err });
    expect(await run({ output })).toMatchObject({ code: 1, err });
    process.exitCode = undefined;
  });
});

describe("init without a preset", () => {
  it("says what it looked for, and checks the machine where there is nothing else", async () => {
    const { out } = await run({});
    expect(out.join("\n")).toContain("# GPUs: none. no library\n# Looked for on 127.0.0.1: model server (8000, ");
    expect(out.join("\n")).toContain("# Answered: none of them\n");
    for (const line of out.join("\n").split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    expect(load(out.join("\n")).checks.map(({ name }) => name)).toEqual(["memory", "disk"]);
  });

  it("checks GPUs and what runs on them", async () => {
    const services = found(
      vllmBlock({ url: "http://127.0.0.1:8000", model: "meta/llama" }),
      postgresBlock,
      milvusBlock,
    );
    const { out } = await run({}, { listGpus: listing([gpuView(), gpuView()]), ...services });
    const text = out.join("\n");
    expect(text).toMatch(/^# GPUs: 2 x /m);
    const { checks, http } = load(text);
    expect(checks.map(({ name }) => name)).toEqual(["gpu", "vllm", "postgres", "milvus", "memory", "disk"]);
    expect(checks.find(({ name }) => name === "vllm")?.options).toMatchObject({ model: "meta/llama", canary: {} });
    expect(http.listen).toEqual([{ address: "0.0.0.0:9095" }]);
  });

  it("connects to the port where a package is missing, and says how to install it", async () => {
    const install = 'npm install "pg@^8"';
    const isMissing = (type: string) => (type === "postgres" ? install : undefined);
    const { out } = await run({}, { ...found(postgresBlock), missingDriver: isMissing });
    const text = out.join("\n");
    expect(text).toContain(
      `  # Until the package of type postgres is installed, this only connects to the port:\n  #   ${install}\n`,
    );
    expect(text).toContain("    # type: postgres\n    # url: postgres://");
    expect(load(text).checks.find(({ name }) => name === "postgres")?.type).toBe("tcp");
  });

  it("runs kernels where no model server has the GPUs to itself", async () => {
    const { out } = await run({}, { listGpus: listing([gpuView()]) });
    expect(load(out.join("\n")).checks.map(({ name }) => name)).toEqual(["gpu", "cuda", "memory", "disk"]);
  });

  it("gives two of a kind names of their own, and takes any name of a model as text", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a configuration takes for an environment variable
    const names = ["a: {b}\n- ${HOME}", "second"];
    const blocks = names.map((model) => vllmBlock({ url: "http://127.0.0.1:8000", model }));
    const { out } = await run({}, found(...blocks));
    const engines = load(out.join("\n")).checks.filter(({ type }) => type === "model");
    expect(engines.map(({ name }) => name)).toEqual(["vllm", "vllm-2"]);
    expect(engines.map(({ options }) => (options as { model: string }).model)).toEqual(names);
  });
});

describe("what init leaves in comments", () => {
  const every = found(
    ...[vllmBlock, sglangBlock, tgiBlock, tritonBlock, kserveBlock, torchserveBlock, llmBlock].map((block) =>
      block({ url: "http://127.0.0.1:8000" }),
    ),
    milvusBlock,
    postgresBlock,
    redisBlock,
  );

  it.each([...presetNames, undefined])("is valid as well: %s", async (preset) => {
    const { out } = await run(preset === undefined ? {} : { preset }, every);
    const text = out.join("\n");
    const uncommented = text.replaceAll(/^( {4})# (\w+: )/gm, "$1$2");
    expect(uncommented).not.toBe(text);
    expect(load(uncommented).checks).toHaveLength(load(text).checks.length);
  });
});

describe("the flags of init", () => {
  it("are checked", () => {
    expect(parse(initCommand(noDriver), ["--preset", "vllm", "--output", "a", "--force"])).toMatchObject({
      preset: "vllm",
      output: "a",
      force: true,
    });
    expect(parse(initCommand(noDriver), ["--preset", "vlm"])).toMatchObject({
      said: expect.stringContaining("Allowed choices are milvus-rag, vllm, triton, tgi, bare-gpu"),
      exitCode: 1,
    });
  });
});
