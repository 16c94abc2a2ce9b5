import { validateHeaderName, validateHeaderValue } from "node:http";
import { z } from "zod";

/**
 * Headers of a request by name, where those that match `reserved` are set by nobody but the protocol. Messages never hold
 * a value, which may be a secret.
 */
export const httpHeaders = (reserved?: RegExp) =>
  z.record(z.string(), z.string()).superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      const problem = reserved?.test(name) ? "the protocol sets it itself" : problemWith(name, value);
      if (problem === undefined) continue;
      context.addIssue({ code: "custom", path: [name], message: `not a valid header: ${problem}` });
    }
  });

function problemWith(name: string, value: string): string | undefined {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
