import { z } from "zod";
import { absolutePath, mapping, network } from "../checks/options.js";
import { formatAddress, parseAddress } from "../core/address.js";
import type { ListenOptions } from "../core/listen-options.js";
import { parseOptions } from "./problem.js";

/** What a listener may be beside an address, with its rows in the docs. */
export const listenOptions = mapping({
  address: address().describe("Where it listens: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`; port 0 picks a free port."),
  tls: mapping({
    cert: absolutePath().describe("A PEM file with the certificate, followed by those of the authorities in between."),
    key: absolutePath().describe("A PEM file with the key of `cert`, without a passphrase."),
    clientCa: absolutePath()
      .optional()
      .describe("A PEM file with authorities: only clients with a certificate of theirs are served (mTLS)."),
    clientNames: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        "Names of which the client's certificate must carry one: a DNS name or a URI (SPIFFE) of its SAN, or, where it has neither, its common name.",
      ),
    minVersion: z
      .unknown()
      // Without quotes it is a number.
      .transform((given) => (typeof given === "number" ? String(given) : given))
      .pipe(z.enum(["1.2", "1.3"]))
      .meta({ kind: "`1.2` | `1.3`" })
      .prefault("1.2")
      .describe("The oldest version of TLS that is spoken."),
  })
    .refine(({ clientCa, clientNames }) => clientNames === undefined || clientCa !== undefined, {
      error: "`clientNames` needs `clientCa`: without it no client shows a certificate",
    })
    .optional()
    .describe("Serves TLS, and plaintext no more. The files are read again when they change."),
  allow: z
    .array(network())
    .min(1)
    .optional()
    .describe("Addresses and networks (`10.0.0.0/8`) that may connect; left out: all. Others are closed at once."),
}).refine(({ address, allow }) => allow === undefined || !address.startsWith("unix:"), {
  path: ["allow"],
  error: "a Unix socket has no client addresses: the permissions of its directory say who may connect",
});

/**
 * One listener or a list of them, each as its address or as a mapping of {@link listenOptions}; gives the list, with
 * addresses as `formatAddress` writes them.
 */
export function listeners() {
  return z
    .unknown()
    .transform((given, context): readonly ListenOptions[] => {
      const list: readonly unknown[] = Array.isArray(given) ? given : [given];
      if (list.length === 0) {
        context.issues.push({ code: "custom", message: "must have at least 1 entry", input: given });
        return z.NEVER;
      }
      return list.flatMap((each, index) => {
        const isText = typeof each === "string" || typeof each === "number";
        const parsed = listenOptions.safeParse(isText ? { address: String(each) } : each, parseOptions);
        if (parsed.success) return [parsed.data];
        for (const issue of parsed.error.issues) {
          const path = [...(Array.isArray(given) ? [index] : []), ...(isText ? [] : issue.path)];
          context.issues.push({ ...issue, path } as z.core.$ZodRawIssue);
        }
        return [];
      });
    })
    .meta({ kind: "address, mapping or list" });
}

function address() {
  return z
    .string()
    .transform((text, context): string => {
      const parsed = parseAddress(text);
      if (parsed.ok) return formatAddress(parsed.address);
      context.issues.push({ code: "custom", message: parsed.problem, input: text });
      return z.NEVER;
    })
    .meta({ kind: "address" });
}
