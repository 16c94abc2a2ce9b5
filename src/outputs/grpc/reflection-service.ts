import type { handleBidiStreamingCall, MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import {
  type ServiceDefinition as LoadedService,
  loadSync,
  type MessageTypeDefinition,
  type PackageDefinition,
} from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { protoDirectory } from "../../proto/directory.js";
import { repairMapEntries } from "./map-entries.js";

/** An entry of what proto-loader loads: a service or a type. */
type Described = PackageDefinition[string];

/** The versions of the reflection service that clients ask for. */
export type ReflectionVersion = "v1" | "v1alpha";

/** The one method of a version of the reflection service: its codec, and what answers it. */
export interface ReflectionMethod {
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handle: handleBidiStreamingCall<unknown, unknown>;
}

/**
 * Reads health.proto and makes the services that describe it. @grpc/reflection describes what it is given only, so it is
 * asked twice: first for its own services, then with those added, since clients expect reflection in the list too.
 */
export function loadReflection(): Readonly<Record<ReflectionVersion, ReflectionMethod>> {
  const health = loadSync("grpc/health/v1/health.proto", { includeDirs: [protoDirectory] });
  const own = reflectionMethods(health);
  const types = [...Object.values(health), requestType(own.v1), requestType(own.v1alpha)];
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
  return { ...definition, fileDescriptorProtos: definition.fileDescriptorProtos.map(repairMapEntries) };
}

const isMessageType = (definition: Described): definition is MessageTypeDefinition<object, object> =>
  "fileDescriptorProtos" in definition;
