import type * as core from "../core/result.js";
import type { GpuReason } from "./reasons.js";

/** A result that has no other reason than the declared ones. Here the open one of core is not used. */
export type Result = core.Result<GpuReason | "ok">;
