import { z } from "zod";

/** An `http://` or `https://` URL; gives its text, since private state of a URL would escape the comparison of a reload. */
export const httpUrl = () =>
  z
    .string()
    .refine(isHttpUrl, { error: "expected a URL with http:// or https://, as in http://127.0.0.1:8000/ready" })
    .meta({ kind: "URL" });

/** The URL of `path` below `base`, whether or not `base` ends in a slash; a query of `base` stays. */
export function urlBelow(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  return url;
}

/** User and password must be decoded before they are sent. */
function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password].every(isPercentEncoded);
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
