import descriptor, { type IDescriptorProto, type IFileDescriptorProto } from "protobufjs/ext/descriptor/index.js";

const { FileDescriptorProto } = descriptor;

/**
 * The encoded files of one program as protoc gives them. protobufjs leaves out what a file imports, and names the entry
 * type of a `map` field after the field alone; Go's descriptor library, and with it grpcurl, refuses the whole file for
 * either (fullstorydev/grpcurl issue 519).
 */
export function repairFiles(encodedFiles: readonly Uint8Array[]): Buffer[] {
  const files = encodedFiles.map((encoded) => FileDescriptorProto.decode(encoded) as IFileDescriptorProto);
  const fileOf = new Map(files.flatMap((file) => declaredTypes(file).map((type) => [type, file.name] as const)));
  for (const file of files) {
    for (const message of file.messageType ?? []) repairMapEntries(message);
    const imported = referencedTypes(file).flatMap((type) => fileOf.get(type) ?? []);
    file.dependency = [...new Set(imported)].filter((name) => name !== file.name).sort();
  }
  return files.map((file) => Buffer.from(FileDescriptorProto.encode(file).finish()));
}

const declaredTypes = ({ package: scope = "", messageType = [] }: IFileDescriptorProto): readonly string[] =>
  messageType.map(({ name }) => `${scope}.${name}`);

/** Full names, with or without the dot in front that says so. */
function referencedTypes({ messageType = [], service = [] }: IFileDescriptorProto): readonly string[] {
  const fields = messageType.flatMap(({ field = [] }) => field.map(({ typeName }) => typeName));
  const methods = service.flatMap(({ method = [] }) =>
    method.flatMap(({ inputType, outputType }) => [inputType, outputType]),
  );
  return [...fields, ...methods].flatMap((type) => type?.replace(/^\./, "") ?? []);
}

function repairMapEntries(message: IDescriptorProto): void {
  for (const field of message.field ?? []) {
    const entry = message.nestedType?.find(
      ({ name, options }) => options?.mapEntry === true && name === field.typeName,
    );
    if (entry === undefined) continue;
    entry.name = entryName(field.name ?? "");
    field.typeName = entry.name;
  }
}

/** `NamedMetricsEntry` for `named_metrics`. */
const entryName = (field: string): string =>
  `${field.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
