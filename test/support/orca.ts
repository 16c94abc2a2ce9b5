import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type ClientReadableStream, credentials, makeClientConstructor, type ServiceError } from "@grpc/grpc-js";
import { loadSync, type MethodDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import { onTestFinished } from "vitest";

const protos = join(dirname(createRequire(import.meta.url).resolve("@grpc/grpc-js/package.json")), "proto");
const service = loadSync("xds/service/orca/v3/orca.proto", {
  keepCase: true,
  includeDirs: [join(protos, "xds"), join(protos, "protoc-gen-validate")],
})["xds.service.orca.v3.OpenRcaService"] as ServiceDefinition;

/** StreamCoreMetrics as proto-loader reads it from the .proto files that grpc-js brings along. */
export const streamCoreMetrics = service.StreamCoreMetrics as MethodDefinition<object, object>;

/** A stream of load reports, until the end of the test. */
export function loadReportsFrom(address: string, intervalSeconds?: number) {
  const Client = makeClientConstructor({ StreamCoreMetrics: streamCoreMetrics }, "OpenRcaService");
  const client = new Client(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const open = client.StreamCoreMetrics as (request: object) => ClientReadableStream<object>;
  const request = intervalSeconds === undefined ? {} : { report_interval: { seconds: intervalSeconds } };
  const stream = open.call(client, request);
  const told = { reports: [] as object[], error: undefined as string | undefined, cancel: () => stream.cancel() };
  stream.on("data", (report: object) => told.reports.push(report));
  stream.on("error", ({ message }: ServiceError) => {
    told.error = message;
  });
  return told;
}
