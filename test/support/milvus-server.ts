import { type handleUnaryCall, Metadata, Server, ServerCredentials, type status } from "@grpc/grpc-js";
import protobuf from "protobufjs";

/** The answers of Milvus's `milvus.proto` and `common.proto` that tests need, with their documented field numbers. */
const { root } = protobuf.parse(
  `syntax = "proto3";
  enum QuotaState { Unknown = 0; ReadLimited = 2; WriteLimited = 3; DenyToRead = 4; DenyToWrite = 5; DenyToDDL = 6; }
  enum LoadState { LoadStateNotExist = 0; LoadStateNotLoad = 1; LoadStateLoading = 2; LoadStateLoaded = 3; }
  message Status { int32 error_code = 1; string reason = 2; int32 code = 3; bool retriable = 4; string detail = 5; }
  message KeyValuePair { string key = 1; string value = 2; }
  message CheckHealth {
    Status status = 1; bool isHealthy = 2; repeated string reasons = 3; repeated QuotaState quota_states = 4;
  }
  message GetVersion { Status status = 1; string version = 2; }
  message GetLoadState { Status status = 1; LoadState state = 2; }
  message GetCollectionStatistics { Status status = 1; repeated KeyValuePair stats = 2; }`,
  { keepCase: true },
);

const methods = ["CheckHealth", "GetVersion", "GetLoadState", "GetCollectionStatistics"] as const;
type Method = (typeof methods)[number];

/** A message by its fields, a status of gRPC, bytes that are no message, or no answer at all. */
export type MilvusAnswer =
  | { readonly fields: object }
  | { readonly code: status; readonly details: string }
  | Buffer
  | "never";

export const wellMilvus: Readonly<Record<Method, MilvusAnswer>> = {
  CheckHealth: { fields: { isHealthy: true } },
  GetVersion: { fields: { version: "2.6.4" } },
  GetLoadState: { fields: { state: "LoadStateLoaded" } },
  GetCollectionStatistics: { fields: { stats: [{ key: "row_count", value: "7" }] } },
};

/** Milvus's gRPC API on grpc-js, with the answers that a test sets. */
export class MilvusServer {
  answers = wellMilvus;
  /** Metadata of each call. */
  readonly seen: Readonly<Record<string, unknown>>[] = [];
  address = "";
  private readonly server = new Server();

  async listen(credentials = ServerCredentials.createInsecure()): Promise<string> {
    const definition = Object.fromEntries(
      methods.map((method) => [
        method,
        {
          path: `/milvus.proto.milvus.MilvusService/${method}`,
          requestStream: false,
          responseStream: false,
          requestSerialize: (bytes: Buffer) => bytes,
          requestDeserialize: (bytes: Buffer) => bytes,
          responseSerialize: (bytes: Buffer) => bytes,
          responseDeserialize: (bytes: Buffer) => bytes,
        },
      ]),
    );
    this.server.addService(definition, Object.fromEntries(methods.map((method) => [method, this.handler(method)])));
    const port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    this.address = `127.0.0.1:${port}`;
    return this.address;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private handler(method: Method): handleUnaryCall<Buffer, Buffer> {
    return (call, answer) => {
      this.seen.push(call.metadata.getMap());
      const given = this.answers[method];
      if (given === "never") return;
      if (Buffer.isBuffer(given)) answer(null, given);
      else if ("fields" in given) {
        const type = root.lookupType(method);
        answer(null, Buffer.from(type.encode(type.fromObject(given.fields)).finish()));
      } else answer({ ...given, metadata: new Metadata() });
    };
  }
}
