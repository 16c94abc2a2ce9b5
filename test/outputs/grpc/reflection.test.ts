import { type ClientDuplexStream, credentials, makeClientConstructor, type ServiceError } from "@grpc/grpc-js";
import descriptor, { type IFileDescriptorProto } from "protobufjs/ext/descriptor/index.js";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../src/core/clock.js";
import { LoadReportStreams } from "../../../src/outputs/grpc/load-report-streams.js";
import { loadReflection } from "../../../src/outputs/grpc/reflection-service.js";
import { TestServer } from "./support/server.js";

interface Answer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
  readonly errorResponse?: { readonly errorCode: number };
}

/** One question over the version of the protocol that is asked for. */
function ask(address: string, version: "v1" | "v1alpha", question: object): Promise<Answer> {
  const definition = { ServerReflectionInfo: loadReflection(["health"])[version].definition };
  const Client = makeClientConstructor(definition, "reflection");
  const client = new Client(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  onTestFinished(() => client.close());
  const method = client.ServerReflectionInfo as () => ClientDuplexStream<object, Answer>;
  return new Promise((resolve, reject) => {
    const stream = method.call(client);
    stream.on("data", resolve);
    stream.on("error", (error: ServiceError) => reject(error));
    stream.end(question);
  });
}

const filesOf = ({ fileDescriptorResponse }: Answer): readonly IFileDescriptorProto[] =>
  (fileDescriptorResponse?.fileDescriptorProto ?? []).map(
    (encoded) => descriptor.FileDescriptorProto.decode(Uint8Array.from(encoded)) as IFileDescriptorProto,
  );

it("describes load reports where they are served, with all that their file imports", async () => {
  const loadReports = new LoadReportStreams({
    report: () => ({ namedMetrics: {} }),
    maxStreams: 1,
    clock: systemClock,
  });
  const { address } = await TestServer.start({ loadReports });
  const { listServicesResponse } = await ask(address, "v1", { listServices: "" });
  expect(listServicesResponse?.service).toContainEqual({ name: "xds.service.orca.v3.OpenRcaService" });
  const answer = await ask(address, "v1", { fileContainingSymbol: "xds.service.orca.v3.OpenRcaService" });
  expect(
    filesOf(answer)
      .map((file) => file.package)
      .sort(),
  ).toEqual(["google.protobuf", "xds.data.orca.v3", "xds.service.orca.v3"]);
});

describe.each(["v1", "v1alpha"] as const)("reflection %s", (version) => {
  it("lists the health service and itself", async () => {
    const { address } = await TestServer.start();
    const { listServicesResponse } = await ask(address, version, { listServices: "" });
    expect(listServicesResponse?.service.map(({ name }) => name).sort()).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]);
  });

  it("describes the health service, its map field with the entry's name as protoc gives it", async () => {
    const { address } = await TestServer.start();
    const answer = await ask(address, version, { fileContainingSymbol: "grpc.health.v1.Health" });
    const [file] = filesOf(answer);
    expect(file?.package).toBe("grpc.health.v1");
    const list = file?.messageType?.find(({ name }) => name === "HealthListResponse");
    expect(list?.nestedType?.map(({ name }) => name)).toEqual(["StatusesEntry"]);
    expect(list?.field?.map(({ typeName }) => typeName)).toEqual(["StatusesEntry"]);
  });

  it("describes itself, and knows what it does not know", async () => {
    const { address } = await TestServer.start();
    const symbol = `grpc.reflection.${version}.ServerReflection`;
    expect((await ask(address, version, { fileContainingSymbol: symbol })).fileDescriptorResponse).toBeDefined();
    const unknown = await ask(address, version, { fileContainingSymbol: "nobody.Knows" });
    expect(unknown.errorResponse?.errorCode).toBe(5);
  });
});
