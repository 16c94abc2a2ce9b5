import type { handleBidiStreamingCall, MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import {
  type ServiceDefinition as LoadedService,
  loadSync,
  type MessageTypeDefinition,
  type PackageDefinition,
} from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { protoDirectory } from "../../proto/directory.js";
import { repairFiles } from "./file-descriptors.js";

/** An entry of what proto-loader loads: a service or a type. */
type Described = PackageDefinition[string];

/** The versions of the reflection service that clients ask for. */
export type ReflectionVersion = "v1" | "v1alpha";

/** What may be served beside reflection: the health service, and load reports. */
export type DescribedService = "health" | "loadReports";

const protoFiles: Readonly<Record<DescribedService, string>> = {
  health: "grpc/health/v1/health.proto",
  loadReports: "xds/service/orca/v3/orca.proto",
};

/** The one method of a version of the reflection service: its codec, and what answers it. */
export interface ReflectionMethod {
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handle: handleBidiStreamingCall<unknown, unknown>;
}

/**
 * Reads the .proto files and makes the services that describe them. @grpc/reflection describes what it is given only, so
 * it is asked twice: first for its own services, then with those added, since clients expect reflection in the list too.
 */
export function loadReflection(
  services: readonly DescribedService[],
): Readonly<Record<ReflectionVersion, ReflectionMethod>> {
  const files = services.map((service) => protoFiles[service]);
  const served = loadSync(files, { includeDirs: [protoDirectory], keepCase: true });
  const own = reflectionMethods(served);
  const types = [...Object.values(served), requestType(own.v1), requestType(own.v1alpha)];
  return reflectionMethods(Object.fromEntries(types.map((type, index) => [index, repaired(type)])));
}

function reflectionMethods(described: PackageDefinition): Record<ReflectionVersion, ReflectionMethod> {
  const methods = new Map<string, ReflectionMethod>();
  new ReflectionService(described).addToServer({
    addService(service: ServiceDefinition, implementation) {
      const definition = service.ServerReflectionInfo;
      const handle = implementation.ServerReflectionInfo;
      if (definition === undefined || handle === undefined) throw new Error("@grpc/reflection has no such method");
      methods.set(definition.path, { definition, handle: handle as handleBidiStreamingCall<unknown, unknown> });
    },
  });
  return { v1: versionOf(methods, "v1"), v1alpha: versionOf(methods, "v1alpha") };
}

function versionOf(methods: ReadonlyMap<string, ReflectionMethod>, version: ReflectionVersion): ReflectionMethod {
  const method = methods.get(`/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`);
  if (method === undefined) throw new Error(`@grpc/reflection does not answer ${version}`);
  return method;
}

/** proto-loader's definitions carry their message types, and those the file that describes them. */
function requestType({ definition }: ReflectionMethod): Described {
  return (definition as LoadedService[string]).requestType;
}

/** Services stay as they are: the files come with the message types. */
function repaired(definition: Described): Described {
  if (!isMessageType(definition)) return definition;
  return { ...definition, fileDescriptorProtos: repairFiles(definition.fileDescriptorProtos) };
}

const isMessageType = (definition: Described): definition is MessageTypeDefinition<object, object> =>
  "fileDescriptorProtos" in definition;
