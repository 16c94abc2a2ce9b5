import type { AnyCheckType } from "./check-type.js";
import { cuda } from "./cuda.js";
import { disk } from "./disk.js";
import { eventLoop } from "./event-loop.js";
import { exec } from "./exec.js";
import { gpu } from "./gpu.js";
import { http } from "./http.js";
import { memory } from "./memory.js";
import { tcp } from "./tcp.js";

/** Every check type, one line each. */
export const catalogue: readonly AnyCheckType[] = [gpu, cuda, http, tcp, exec, eventLoop, memory, disk];
