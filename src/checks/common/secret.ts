import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CheckError } from "../result.js";

/** A word that stands for the content of a file, at the end of a text: `file:/run/secrets/token`. */
const reference = /(?<before>^|.*\s)file:(?<path>\/\S*)$/;

/**
 * A password or token: a text, best taken from the environment (`${NAME}`), or `file:/PATH`. What it stands for is taken
 * out of all that the check says, see `discreet.ts`. No message shows what was given instead: a password of digits
 * without quotes is a number, and still a secret.
 */
export const secret = () =>
  z
    .unknown()
    .transform((given, context): string => {
      if (typeof given === "string" && given !== "" && !hasSeveralLines(given)) return given;
      const message = secretProblem(given);
      context.issues.push({
        code: "custom",
        message: given === undefined ? `missing: ${message}` : message,
        input: "",
      });
      return z.NEVER;
    })
    .meta({ kind: "text or `file:/PATH`", secrecy: "secret" });

function secretProblem(given: unknown): string {
  if (given === "") return "must not be empty";
  if (typeof given !== "string") return "expected a text (digits alone need quotes)";
  return "must be one line";
}

/** No header and no URL can hold them. */
const hasSeveralLines = (text: string): boolean => /[\r\n\0]/.test(text);

/**
 * An option that is no secret and may hold some, as a body does: in it, what comes from the environment and from files is
 * secret. Mappings of free names (headers, variables) need no mark.
 */
export const holdingSecrets = <Schema extends z.ZodType>(schema: Schema): Schema => schema.meta({ secrecy: "parts" });

/** Contents as last read, by path: there are no more than the configuration names. */
const lastContents = new Map<string, string>();

/** What a secret option stands for, as far as it is known: the content of a file is, once it was read. */
export function secretText(option: string): string | undefined {
  const path = reference.exec(option)?.groups?.path;
  return path === undefined ? option : lastContents.get(path);
}

/** Whether a text ends in `file:/PATH`. */
export const refersToFile = (text: string): boolean => reference.test(text);

/**
 * The text with each of the secrets taken out: for what a driver or a server says, which may repeat them, also encoded
 * or cut off at the end.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter((each) => each !== "").flatMap(formsOf);
  const longestFirst = forms.toSorted((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, form) => withoutCutOff(rest.replaceAll(form, "…"), form), text);
}

const formsOf = (secret: string): readonly string[] => [
  ...new Set([
    secret,
    encodeURIComponent(Buffer.from(secret, "utf8").toString("utf8")),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret, "utf8").toString("base64"),
  ]),
];

/** As many characters of a secret are no chance. */
const recognizableLength = 6;

/** What was shortened may end in the middle of a secret. */
function withoutCutOff(text: string, secret: string): string {
  const from = text.lastIndexOf(secret.slice(0, recognizableLength));
  if (secret.length <= recognizableLength || from < 0) return text;
  const said = text.slice(from).replace(/…$/, "");
  return secret.startsWith(said) ? `${text.slice(0, from)}…` : text;
}

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
  if (hasSeveralLines(secret)) throw unreadable(`the secret in ${path} has several lines`);
  lastContents.set(path, secret);
  return before + secret;
}

const unreadable = (message: string, cause?: unknown): CheckError =>
  new CheckError({
    reason: "secret_unreadable",
    message,
    remedy: "see whether the secret is mounted, with one line that this process may read",
    cause,
  });
