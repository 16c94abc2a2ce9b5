import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CheckError } from "../../core/check.js";

/** A word that stands for the content of a file, at the end of a text: `file:/run/secrets/token`. */
const reference = /(?<before>^|.*\s)file:(?<path>\/\S*)$/;

/**
 * A password or token: a text, best taken from the environment (`${NAME}`), or `file:/PATH`. No message shows what was
 * given instead: a password of digits without quotes is a number, and still a secret.
 */
export const secret = () =>
  z
    .unknown()
    .transform((given, context): string => {
      if (typeof given === "string" && given !== "") return given;
      const message = given === "" ? "must not be empty" : "expected a text (digits alone need quotes)";
      context.issues.push({
        code: "custom",
        message: given === undefined ? `missing: ${message}` : message,
        input: "",
      });
      return z.NEVER;
    })
    .meta({ kind: "text or `file:/PATH`" });

/** The text with each of the secrets taken out: for what a driver or a server says, which may repeat them. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.filter((each) => each !== "").reduce((rest, each) => rest.replaceAll(each, "…"), text);

/**
 * The text with a `file:/PATH` at its end replaced by the content of that file, without white space around it. Read anew
 * each time, since tokens that Kubernetes mounts are replaced while the process runs.
 *
 * @throws CheckError `secret_unreadable`; no message ever holds the secret.
 */
export async function resolveSecret(text: string, signal: AbortSignal): Promise<string> {
  const { before, path } = reference.exec(text)?.groups ?? {};
  if (before === undefined || path === undefined) return text;
  const content = await readFile(path, { encoding: "utf8", signal }).catch((error: unknown) => {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw unreadable(`the secret in ${path} cannot be read (${code})`, error);
  });
  const secret = content.trim();
  if (secret === "") throw unreadable(`the secret in ${path} is empty`);
  if (/[\r\n\0]/.test(secret)) throw unreadable(`the secret in ${path} has several lines`);
  return before + secret;
}

const unreadable = (message: string, cause?: unknown): CheckError =>
  new CheckError({
    reason: "secret_unreadable",
    message,
    remedy: "see whether the secret is mounted, with one line that this process may read",
    cause,
  });
