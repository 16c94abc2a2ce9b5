import { fileURLToPath } from "node:url";

/** The folder of the .proto files: the same place from `src`, from `dist` and from the bundle. */
export const protoDirectory = fileURLToPath(new URL("../../proto", import.meta.url));
