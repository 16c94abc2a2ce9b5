/** Exit codes of the client commands: those of grpc_health_probe, so that `check` can take its place. */
export const exitCode = { ok: 0, arguments: 1, connection: 2, rpc: 3, notServing: 4 } as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Why a client command ends: one sentence for people, and the exit code for programs. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}
