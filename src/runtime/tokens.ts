import { resolveSecret } from "../checks/common/secret.js";
import type { Configuration } from "../config/configuration.js";

/** A file system that does not answer must not hold requests for ever. */
const readTimeoutMs = 2000;

/** Gives what a token option stands for at each call: a file is read anew, since Kubernetes replaces what it mounts. */
export function tokenReader(option: string | undefined): (() => Promise<string>) | undefined {
  if (option === undefined) return undefined;
  return () => resolveSecret(option, AbortSignal.timeout(readTimeoutMs));
}

/** Rejects, with the option's name, where a token cannot be read: better at the start than at the first request. */
export async function requireTokens({ http, admin }: Pick<Configuration, "http" | "admin">): Promise<void> {
  const options = { "http.details.token": http.details?.token, "admin.token": admin.token };
  for (const [name, option] of Object.entries(options)) {
    await tokenReader(option)?.().catch((error: unknown) => {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
  }
}
