import type { AnyCheckType } from "./check-type.js";
import { disk } from "./disk.js";
import { eventLoop } from "./event-loop.js";
import { gpu } from "./gpu.js";
import { memory } from "./memory.js";

/** Every check type, one line each. */
export const catalogue: readonly AnyCheckType[] = [gpu, eventLoop, memory, disk];
