import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { z } from "zod";
import { CheckError } from "../../core/check.js";
import { absolutePath, mapping } from "../options.js";

/** How to trust the other side of a TLS connection, and how to be trusted. */
export const tlsOptions = () =>
  mapping({
    ca: absolutePath()
      .optional()
      .describe("A PEM file with the authorities to trust; left out: those that Node trusts."),
    cert: absolutePath().optional().describe("A PEM file with the certificate to show, for mutual TLS."),
    key: absolutePath().optional().describe("A PEM file with the key of `cert`."),
    serverName: z
      .string()
      .min(1)
      .optional()
      .describe("The name that the certificate must be for; left out: the host that is connected to."),
    verify: z.boolean().default(true).describe("`false`: take any certificate. What answers may then be anybody."),
  }).refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: "`cert` and `key` come together: give both or none",
  });

export type TlsOptions = z.output<ReturnType<typeof tlsOptions>>;

/**
 * What Node's `tls.connect` takes. The files are read anew for each run, since certificates are replaced while the
 * process runs.
 *
 * @throws CheckError `certificate_unreadable`
 */
export async function readTls(given: TlsOptions, signal: AbortSignal): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([given.ca, given.cert, given.key].map((path) => readPem(path, signal)));
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(given.serverName === undefined ? {} : { servername: given.serverName }),
    rejectUnauthorized: given.verify,
  };
}

async function readPem(path: string | undefined, signal: AbortSignal): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, { signal });
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new CheckError({
      reason: "certificate_unreadable",
      message: `the PEM file ${path} cannot be read (${code})`,
      remedy: "see whether the file is mounted, and whether this process may read it",
      cause: error,
    });
  }
}
