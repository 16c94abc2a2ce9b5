import { loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { describe, expect, it } from "vitest";
import { protoDirectory } from "../../src/proto/directory.js";
import { decodeLoadReportRequest, encodeLoadReport, streamCoreMetricsPath } from "../../src/proto/orca.js";
import { bytesField, WireError } from "../../src/proto/wire.js";
import { streamCoreMetrics } from "../support/orca.js";

interface Described {
  readonly field: readonly Readonly<Record<string, unknown>>[];
}

const fields = (type: MessageTypeDefinition<object, object>): unknown =>
  (type.type as Described).field.map(({ name, number, type, label, typeName }) => [
    name,
    number,
    type,
    label,
    typeName,
  ]);

it("has the path of orca.proto, streaming alike", () => {
  expect(streamCoreMetrics).toMatchObject({ path: streamCoreMetricsPath, requestStream: false, responseStream: true });
});

it("is described to clients by .proto files with the fields of those that grpc-js brings along", () => {
  const ours = loadSync("xds/service/orca/v3/orca.proto", { includeDirs: [protoDirectory], keepCase: true });
  const { StreamCoreMetrics: described } = ours["xds.service.orca.v3.OpenRcaService"] as {
    readonly StreamCoreMetrics: typeof streamCoreMetrics;
  };
  expect(described).toMatchObject({ path: streamCoreMetricsPath, requestStream: false, responseStream: true });
  for (const type of ["requestType", "responseType"] as const) {
    expect(fields(described[type])).toEqual(fields(streamCoreMetrics[type]));
  }
});

describe("reports, against proto-loader", () => {
  it("have every field", () => {
    const report = {
      applicationUtilization: 0.75,
      requestsPerSecond: 12.5,
      errorsPerSecond: 0.5,
      namedMetrics: { "gpu.memory_free_bytes": 1.5e11, "model.tokens é": -3 },
    };
    expect(streamCoreMetrics.responseDeserialize(encodeLoadReport(report))).toEqual({
      application_utilization: 0.75,
      rps_fractional: 12.5,
      eps: 0.5,
      named_metrics: { "gpu.memory_free_bytes": 1.5e11, "model.tokens é": -3 },
    });
  });

  it("leave out what is not known", () => {
    expect(encodeLoadReport({ namedMetrics: {} })).toHaveLength(0);
    const known = { applicationUtilization: 1, namedMetrics: {} };
    expect(streamCoreMetrics.responseDeserialize(encodeLoadReport(known))).toEqual({ application_utilization: 1 });
  });
});

describe("requests, against proto-loader", () => {
  it.each([
    [{ seconds: 30 }, 30_000],
    [{ seconds: 1, nanos: 500_000_000 }, 1500],
    [{ nanos: 250_000_000 }, 250],
    [{}, 0],
    [{ seconds: -1 }, -1000],
    [{ seconds: -1, nanos: -500_000_000 }, -1500],
    [{ nanos: -5_000_000 }, -5],
    [{ seconds: 2 ** 32 + 3 }, (2 ** 32 + 3) * 1000],
    [{ seconds: 315_576_000_000 }, 315_576_000_000_000],
  ])("say the interval %j", (report_interval, intervalMs) => {
    const bytes = streamCoreMetrics.requestSerialize({ report_interval, request_cost_names: ["a"] });
    expect(decodeLoadReportRequest(bytes)).toEqual({ intervalMs });
  });

  it("may say none, and may be nonsense", () => {
    expect(decodeLoadReportRequest(Buffer.alloc(0))).toEqual({ intervalMs: undefined });
    expect(() => decodeLoadReportRequest(bytesField(1, Buffer.from([0x08])))).toThrow(WireError);
  });
});
