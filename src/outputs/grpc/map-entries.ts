import descriptor, { type IDescriptorProto, type IFileDescriptorProto } from "protobufjs/ext/descriptor/index.js";

const { FileDescriptorProto } = descriptor;

/**
 * Gives the entry type of each `map` field the name that protoc gives it: `StatusesEntry` for `statuses`. protobufjs
 * names it `Statuses`, and Go's descriptor library refuses the whole file for that (fullstorydev/grpcurl issue 519).
 */
export function repairMapEntries(encodedFile: Uint8Array): Buffer {
  const file = FileDescriptorProto.decode(encodedFile);
  for (const message of (file as IFileDescriptorProto).messageType ?? []) repairMessage(message);
  return Buffer.from(FileDescriptorProto.encode(file).finish());
}

function repairMessage(message: IDescriptorProto): void {
  for (const entry of message.nestedType ?? []) {
    const name = entry.name;
    if (entry.options?.mapEntry !== true || name === undefined || name.endsWith("Entry")) continue;
    entry.name = `${name}Entry`;
    for (const field of message.field ?? []) {
      if (field.typeName === name) field.typeName = entry.name;
    }
  }
}
