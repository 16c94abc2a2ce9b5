import { type Answer, type Check, CheckError } from "../core/check.js";
import { secretText, withoutSecrets } from "./common/secret.js";

/**
 * The check with the secrets taken out of everything that it says. Types take care themselves where they know what a
 * server may repeat; this is for what nobody thought of.
 *
 * @param secrets as `secretsIn` gives them.
 */
export function discreet(check: Check, secrets: readonly string[]): Check {
  if (secrets.length === 0) return check;
  const hide = (text: string): string =>
    withoutSecrets(
      text,
      secrets.flatMap((each) => secretText(each) ?? []),
    );
  const hidden = (answer: Answer): Answer => inTexts(answer, hide) as Answer;
  return {
    run: (signal) => {
      const fail = (error: unknown): never => {
        throw hiddenError(error, hide);
      };
      try {
        const answer = check.run(signal);
        return answer instanceof Promise ? answer.then(hidden, fail) : hidden(answer);
      } catch (error) {
        return fail(error);
      }
    },
    ...(check.subscribe === undefined ? {} : { subscribe: (changed) => check.subscribe?.(changed) ?? (() => {}) }),
    ...(check.receive === undefined ? {} : { receive: (report) => check.receive?.(report) }),
    stop: () => check.stop?.(),
  };
}

/** The cause is left behind: it has the driver's own words. */
function hiddenError(error: unknown, hide: (text: string) => string): Error {
  if (!(error instanceof CheckError)) return new Error(hide(error instanceof Error ? error.message : String(error)));
  const { reason, message, remedy } = error;
  return new CheckError({
    reason,
    message: hide(message),
    ...(remedy === undefined ? {} : { remedy: hide(remedy) }),
  });
}

/** Codes, of closed sets: a password that happens to be one is none. */
const codes: ReadonlySet<string> = new Set(["status", "reason", "severity", "why"]);

function inTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => inTexts(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, codes.has(key) ? each : inTexts(each, change)]),
  );
}
