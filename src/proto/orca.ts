/**
 * `xds.service.orca.v3.OpenRcaService`: a server streams its load. What a server needs of it, by the .proto files of
 * cncf/xds; a test compares it with proto-loader's reading of the copies that grpc-js brings along.
 */
import { bytesField, doubleField, readFields } from "./wire.js";

/** `xds.data.orca.v3.OrcaLoadReport`. What is absent is not known; on the wire that is the same as 0. */
export interface OrcaLoadReport {
  /** How busy the server is, 0 to 1, and above where it has more to do than it can. */
  readonly applicationUtilization?: number;
  /** Requests that end each second. */
  readonly requestsPerSecond?: number;
  /** Of these the ones that end with an error. */
  readonly errorsPerSecond?: number;
  /** Figures of the server's own choosing. */
  readonly namedMetrics: Readonly<Record<string, number>>;
}

export const streamCoreMetricsPath = "/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics";

/** Field numbers of orca_load_report.proto, orca.proto and duration.proto. */
const field = {
  requestsPerSecond: 6,
  errorsPerSecond: 7,
  namedMetrics: 8,
  applicationUtilization: 9,
  mapKey: 1,
  mapValue: 2,
  reportInterval: 1,
  seconds: 1,
  nanos: 2,
} as const;

export function encodeLoadReport(report: OrcaLoadReport): Buffer {
  const { applicationUtilization, requestsPerSecond, errorsPerSecond, namedMetrics } = report;
  return Buffer.concat([
    optionalDouble(field.requestsPerSecond, requestsPerSecond),
    optionalDouble(field.errorsPerSecond, errorsPerSecond),
    ...Object.entries(namedMetrics).map(([name, value]) =>
      bytesField(
        field.namedMetrics,
        Buffer.concat([bytesField(field.mapKey, Buffer.from(name, "utf8")), doubleField(field.mapValue, value)]),
      ),
    ),
    optionalDouble(field.applicationUtilization, applicationUtilization),
  ]);
}

export interface LoadReportRequest {
  /** How often the client wants a report; undefined: as the server likes. */
  readonly intervalMs: number | undefined;
}

/** Throws a WireError, which grpc-js answers with INTERNAL. */
export function decodeLoadReportRequest(bytes: Buffer): LoadReportRequest {
  let intervalMs: number | undefined;
  for (const each of readFields(bytes)) {
    if (each.number === field.reportInterval && each.kind === "bytes") intervalMs = decodeDurationMs(each.bytes);
  }
  return { intervalMs };
}

function decodeDurationMs(bytes: Buffer): number {
  let seconds = 0;
  let nanos = 0;
  for (const each of readFields(bytes)) {
    if (each.kind !== "varint") continue;
    if (each.number === field.seconds) seconds = each.int64;
    if (each.number === field.nanos) nanos = each.int64;
  }
  return seconds * 1000 + nanos / 1e6;
}

const optionalDouble = (number: number, value: number | undefined): Buffer =>
  value === undefined ? Buffer.alloc(0) : doubleField(number, value);
