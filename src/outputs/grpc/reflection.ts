import { type MethodDefinition, type ServerDuplexStream, type ServiceDefinition, status } from "@grpc/grpc-js";
import type { ServiceHost } from "./mount.js";
import type { ReflectionMethod, ReflectionVersion } from "./reflection-service.js";

/** Both versions of the protocol: grpcurl asks for v1 first, older clients know v1alpha only. */
const versions: readonly ReflectionVersion[] = ["v1", "v1alpha"];

/**
 * Server reflection, so that grpcurl and the like need no .proto. What answers it (@grpc/reflection, proto-loader,
 * protobufjs) takes 70 ms and 7 MB to load, and most servers are never asked: it is loaded at the first call.
 */
export function addReflection(server: ServiceHost): void {
  for (const version of versions) {
    server.addService(reflectionService(version), {
      ServerReflectionInfo(stream: ServerDuplexStream<unknown, unknown>) {
        load().then(
          (methods) => methods[version].handle(stream),
          (error: Error) => {
            const details = `reflection could not be loaded: ${error.message}; the health methods are not affected`;
            stream.emit("error", { code: status.INTERNAL, details });
          },
        );
      },
    });
  }
}

let loaded: Readonly<Record<ReflectionVersion, ReflectionMethod>> | undefined;

async function load(): Promise<Readonly<Record<ReflectionVersion, ReflectionMethod>>> {
  loaded ??= (await import("./reflection-service.js")).loadReflection();
  return loaded;
}

/** The codec, which only a call needs, and only after its handler has loaded it. */
function codec(version: ReflectionVersion): MethodDefinition<unknown, unknown> {
  if (loaded === undefined) throw new Error("a reflection message was read before its codec was loaded");
  return loaded[version].definition;
}

function reflectionService(version: ReflectionVersion): ServiceDefinition {
  return {
    ServerReflectionInfo: {
      path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      requestStream: true,
      responseStream: true,
      requestSerialize: (request) => codec(version).requestSerialize(request),
      requestDeserialize: (bytes) => codec(version).requestDeserialize(bytes),
      responseSerialize: (response) => codec(version).responseSerialize(response),
      responseDeserialize: (bytes) => codec(version).responseDeserialize(bytes),
    },
  };
}
