import { describe, expect, it } from "vitest";
import { defaultConfiguration } from "../../src/config/defaults.js";
import { applyOverrides } from "../../src/config/overrides.js";

describe("applyOverrides", () => {
  const base = defaultConfiguration();

  it("changes nothing without any", () => {
    expect(applyOverrides(base, {})).toEqual({ ok: true, configuration: base });
  });

  it("puts an address in the place of all that are configured", () => {
    const configuration = {
      ...base,
      grpc: { ...base.grpc, listen: [{ address: "0.0.0.0:1" }, { address: "0.0.0.0:2" }] },
    };
    expect(applyOverrides(configuration, { grpc: "127.0.0.1:0", admin: "unix:///run/admin.sock" })).toMatchObject({
      ok: true,
      configuration: {
        grpc: { listen: [{ address: "127.0.0.1:0" }], maxWatchers: base.grpc.maxWatchers },
        http: base.http,
        admin: { listen: [{ address: "unix:/run/admin.sock" }] },
      },
    });
  });

  it("reports every wrong address, with the flag and the variable", () => {
    expect(applyOverrides(base, { grpc: "50051", http: ":9091" })).toEqual({
      ok: false,
      errors: [
        expect.stringContaining('--grpc (GPU_HEALTH_GRPC): "50051" is not an address'),
        expect.stringContaining('--http (GPU_HEALTH_HTTP): ":9091" is not an address'),
      ],
    });
  });

  it("looks at simulated GPUs even where real ones are switched off", () => {
    const off = { ...base, gpu: { ...base.gpu, mode: "off" as const } };
    expect(applyOverrides(off, { simulate: "h200x2" })).toMatchObject({ configuration: { gpu: { mode: "auto" } } });
    expect(applyOverrides(off, {})).toMatchObject({ configuration: { gpu: { mode: "off" } } });
  });
});
