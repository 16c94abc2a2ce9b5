import { type MethodDefinition, type ServerDuplexStream, type ServiceDefinition, status } from "@grpc/grpc-js";
import type { ServiceHost } from "./mount.js";
import type { DescribedService, ReflectionMethod, ReflectionVersion } from "./reflection-service.js";

/** Both versions of the protocol: grpcurl asks for v1 first, older clients know v1alpha only. */
const versions: readonly ReflectionVersion[] = ["v1", "v1alpha"];

/**
 * Server reflection, so that grpcurl and the like need no .proto. What answers it (@grpc/reflection, proto-loader,
 * protobufjs) takes 70 ms and 7 MB to load, and most servers are never asked: it is loaded at the first call.
 * `described` says at the first call what the server serves beside reflection itself.
 */
export function addReflection(server: ServiceHost, described: () => readonly DescribedService[]): void {
  let loaded: Methods | undefined;
  const load = async (): Promise<Methods> => {
    loaded ??= (await import("./reflection-service.js")).loadReflection(described());
    return loaded;
  };
  // Only a call needs it, and only after its handler has loaded it.
  const codec = (version: ReflectionVersion): MethodDefinition<unknown, unknown> => {
    if (loaded === undefined) throw new Error("a reflection message was read before its codec was loaded");
    return loaded[version].definition;
  };
  for (const version of versions) {
    server.addService(
      reflectionService(version, () => codec(version)),
      {
        ServerReflectionInfo(stream: ServerDuplexStream<unknown, unknown>) {
          load().then(
            (methods) => methods[version].handle(stream),
            (error: Error) => {
              const details = `reflection could not be loaded: ${error.message}; the health methods are not affected`;
              stream.emit("error", { code: status.INTERNAL, details });
            },
          );
        },
      },
    );
  }
}

type Methods = Readonly<Record<ReflectionVersion, ReflectionMethod>>;

function reflectionService(
  version: ReflectionVersion,
  codec: () => MethodDefinition<unknown, unknown>,
): ServiceDefinition {
  return {
    ServerReflectionInfo: {
      path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      requestStream: true,
      responseStream: true,
      requestSerialize: (request) => codec().requestSerialize(request),
      requestDeserialize: (bytes) => codec().requestDeserialize(bytes),
      responseSerialize: (response) => codec().responseSerialize(response),
      responseDeserialize: (bytes) => codec().responseDeserialize(bytes),
    },
  };
}
