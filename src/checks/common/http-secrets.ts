import type { HttpRequest } from "./http-message.js";

/** Headers whose values are worth reading in an answer that repeats them, and are no secrets. */
const publicHeaders: ReadonlySet<string> = new Set(["accept", "accept-language", "content-type", "host", "user-agent"]);

/** What a server may repeat and nobody should read: the values of headers, and the password of the URL. */
export const secretsIn = ({ url, headers }: Pick<HttpRequest, "url" | "headers">): readonly string[] => [
  decodeURIComponent(url.password),
  ...Object.entries(headers)
    .filter(([name]) => !publicHeaders.has(name))
    .flatMap(([, value]) => partsOf(value)),
];

/** The value, what follows the scheme in `Bearer TOKEN`, and the password in `Basic BASE64`. */
function partsOf(value: string): readonly string[] {
  const [, scheme = "", credentials = ""] = /^(\S+) +(.+)$/.exec(value) ?? [];
  const password = scheme.toLowerCase() === "basic" ? Buffer.from(credentials, "base64").toString().split(":") : [];
  return [value, credentials, password.slice(1).join(":")];
}
