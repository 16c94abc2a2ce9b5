import { type Outcome, run } from "./processes.js";
import { gpuHealth } from "./program.js";
import { toolPath } from "./tools.js";

export type Probe = (flags: readonly string[]) => Promise<Outcome>;

export const grpcHealthProbe: Probe = (flags) => run(toolPath("grpc_health_probe"), flags);

/** Our own command, which takes the same flags. */
export const ourCheck: Probe = (flags) => gpuHealth(["check", ...flags]);

/** Instead of the usual second each, so that a busy machine does not decide what a probe finds. */
export const patience = ["-connect-timeout", "20s", "-rpc-timeout", "20s"] as const;
