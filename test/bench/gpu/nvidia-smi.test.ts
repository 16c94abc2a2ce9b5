import { describe, expect, it } from "vitest";
import { inRepository } from "../../e2e/support/paths.js";

type Row = Readonly<Record<string, string | undefined>>;
type Known = Readonly<Record<"gpu" | "remapped-rows", ReadonlySet<string>>>;
interface NvidiaSmi {
  listedFields(help: string): ReadonlySet<string>;
  parseRows(output: string, names: readonly string[]): readonly Row[];
  findField(known: Known, names: readonly string[]): { query: string; name: string } | undefined;
}
interface Field {
  readonly name: string;
  readonly smi?: readonly [names: readonly string[], format: { parse(word: string): number | string }];
}

const { listedFields, parseRows, findField }: NvidiaSmi = await import(
  inRepository("bench/gpu/harness/nvidia-smi.mjs")
);
const { fields }: { fields: readonly Field[] } = await import(inRepository("bench/gpu/fields.mjs"));

function parsed(name: string, word: string): number | string | undefined {
  return fields.find((field) => field.name === name)?.smi?.[1].parse(word);
}

describe("nvidia-smi", () => {
  it("is asked for fields that its help lists, under the name that this version has", () => {
    const gpu = listedFields('Section\n\n"clocks.current.graphics" or "clocks.gr"\nIn megahertz.\n\n"memory.free"\n');
    const known = { gpu, "remapped-rows": new Set(["remapped_rows.pending"]) };
    expect(findField(known, ["clocks.gr"])).toEqual({ query: "gpu", name: "clocks.gr" });
    expect(findField(known, ["clocks_event_reasons.active", "memory.free"])).toEqual({
      query: "gpu",
      name: "memory.free",
    });
    expect(findField(known, ["remapped_rows.pending"])?.query).toBe("remapped-rows");
    expect(findField(known, ["serial"])).toBeUndefined();
  });

  it("gives rows in which what a card lacks is absent", () => {
    const rows = parseRows("GPU-1, 0, [N/A]\nGPU-2, [Not Supported], N/A\n", ["uuid", "used", "temperature"]);
    expect(rows).toEqual([
      { uuid: "GPU-1", used: "0", temperature: undefined },
      { uuid: "GPU-2", used: undefined, temperature: undefined },
    ]);
  });

  it("writes values in units of its own", () => {
    expect(parsed("memoryFreeBytes", "143162")).toBe(143162 * 2 ** 20);
    expect(parsed("smClockHertz", "1980")).toBe(1_980_000_000);
    expect(parsed("gpuUtilizationRatio", "97")).toBe(0.97);
    expect(parsed("clocksEventReasons", "0x0000000000000041")).toBe(0x41);
    expect(parsed("eccEnabled", "Enabled")).toBe(1);
    expect(parsed("retiredPagesPending", "No")).toBe(0);
    expect(parsed("recoveryAction", "Drain and Reset")).toBe(4);
    expect(parsed("fabricState", "Completed")).toBe(3);
    expect(parsed("recoveryAction", "Something New")).toBe("Something New");
  });
});
