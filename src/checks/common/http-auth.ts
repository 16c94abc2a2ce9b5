import { z } from "zod";
import { mapping } from "../options.js";
import { resolveSecret, secret } from "./secret.js";

/** Who asks, in the `authorization` header: a token, or user and password. */
export const httpAuth = () =>
  mapping({
    bearer: secret().optional().describe("A token, sent as `Authorization: Bearer …`."),
    username: z
      .string()
      .regex(/^[^:\p{Cc}]+$/u, { error: "must not be empty, nor hold a colon or a control character" })
      .optional()
      .describe("User name, sent with `password` as `Authorization: Basic …`."),
    password: secret().optional().describe("The password of `username`."),
  }).refine(
    ({ bearer, username, password }) =>
      bearer === undefined ? username !== undefined && password !== undefined : (username ?? password) === undefined,
    { error: "give either `bearer`, or `username` and `password`" },
  );

export type HttpAuth = z.output<ReturnType<typeof httpAuth>>;

/**
 * The header, or nothing where nobody is named. Secrets are read anew for each run.
 *
 * @throws CheckError `secret_unreadable`
 */
export async function authorizationHeader(
  auth: HttpAuth | undefined,
  signal: AbortSignal,
): Promise<{ readonly authorization?: string }> {
  if (auth === undefined) return {};
  const { bearer, username, password } = auth;
  if (bearer !== undefined) return { authorization: `Bearer ${await resolveSecret(bearer, signal)}` };
  const pair = `${username ?? ""}:${await resolveSecret(password ?? "", signal)}`;
  return { authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` };
}
