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

  it("keeps the TLS and the allow list of a single listener, and refuses to guess among several", () => {
    const allow = ["10.0.0.0/8"];
    const single = { ...base, http: { ...base.http, listen: [{ address: "0.0.0.0:1", allow }] } };
    expect(applyOverrides(single, { http: "127.0.0.1:0" })).toMatchObject({
      configuration: { http: { listen: [{ address: "127.0.0.1:0", allow }] } },
    });
    const several = {
      ...base,
      http: { ...base.http, listen: [{ address: "0.0.0.0:1", allow }, { address: "[::]:2" }] },
    };
    expect(applyOverrides(several, { http: "127.0.0.1:0" })).toMatchObject({
      errors: [
        "--http (GPU_HEALTH_HTTP): http.listen has several listeners with tls or allow; change the address there",
      ],
    });
  });

  it("does not open the admin listener to others without a token", () => {
    expect(applyOverrides(base, { admin: "0.0.0.0:9092" })).toMatchObject({
      errors: [expect.stringContaining("others can reach 0.0.0.0:9092, and there is no admin.token")],
    });
    const withToken = { ...base, admin: { ...base.admin, token: "file:/run/secrets/token" } };
    expect(applyOverrides(withToken, { admin: "0.0.0.0:9092" })).toMatchObject({ ok: true });
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
