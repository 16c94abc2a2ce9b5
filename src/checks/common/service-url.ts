import { z } from "zod";
import type { Address } from "../../core/address.js";

/** What the URL of a service says. What it leaves out is undefined. */
export interface ServiceUrl {
  /** Without the colon: `rediss`. */
  readonly scheme: string;
  readonly address: Address;
  /** The scheme's own where the URL gives none; part of the name of some Unix sockets. */
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** What follows the host, without the slash: the name or number of a database. */
  readonly path: string | undefined;
}

/** How the URLs of one type of service look. */
export interface UrlForm {
  /** Each with the port where the URL gives none. */
  readonly defaultPorts: Readonly<Record<string, number>>;
  readonly example: string;
}

/**
 * `SCHEME://USER:PASSWORD@HOST:PORT/PATH` as a text, for options are compared; read it with {@link parseServiceUrl}.
 * No message shows the text, which may hold a password.
 */
export const serviceUrl = (form: UrlForm) =>
  z
    .string()
    .superRefine((text, context) => {
      const problem = problemWith(text, form);
      // Final: what looks at the whole of the options reads the URL again.
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem, continue: false });
    })
    .meta({ kind: "URL" });

/**
 * Reads a URL that {@link serviceUrl} has accepted. A host that is a path, written with `%2F` for its slashes, gives the
 * address of a Unix socket.
 */
export function parseServiceUrl(text: string, form: UrlForm): ServiceUrl {
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1);
  const host = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (form.defaultPorts[scheme] ?? 0) : Number(url.port);
  const part = (encoded: string): string | undefined => (encoded === "" ? undefined : decodeURIComponent(encoded));
  return {
    scheme,
    address: host.startsWith("/") ? { kind: "unix", path: host } : { kind: "tcp", host, port },
    port,
    user: part(url.username),
    password: part(url.password),
    path: part(url.pathname.replace(/^\//, "")),
  };
}

/** Reports `username` and `password` where the URL has them too. */
export function refuseSecondCredentials(
  context: z.core.$RefinementCtx,
  given: { readonly username?: string | undefined; readonly password?: string | undefined },
  inUrl: Pick<ServiceUrl, "user" | "password">,
): void {
  const problem = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (inUrl.user !== undefined && given.username !== undefined) problem("username", "the URL names a user already");
  if (inUrl.password !== undefined && given.password !== undefined) {
    problem("password", "the URL has a password already");
  }
}

function problemWith(text: string, form: UrlForm): string | undefined {
  const schemes = Object.keys(form.defaultPorts).map((scheme) => `${scheme}://`);
  if (!schemes.some((scheme) => text.startsWith(scheme))) {
    return `expected a URL with ${schemes.join(" or ")}, as in ${form.example}`;
  }
  if (!URL.canParse(text)) {
    return `not a valid URL: expected one as in ${form.example}; a password with special characters belongs into \`password\``;
  }
  const url = new URL(text);
  if (url.search !== "" || url.hash !== "")
    return "expected a URL without `?` and `#`: what they would say are options";
  try {
    return parseServiceUrl(text, form).address.kind === "tcp" && url.hostname === ""
      ? "the URL names no host"
      : undefined;
  } catch {
    return "a `%` in the URL stands for itself only as `%25`";
  }
}
