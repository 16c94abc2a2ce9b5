import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { z } from "zod";
import { absolutePath, mapping } from "../options.js";
import { CheckError } from "../result.js";

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
      .refine((name) => isIP(name) === 0, { error: "must be a host name: TLS has no names for IP addresses" })
      .optional()
      .describe("The name that the certificate must be for; left out: the host that is connected to."),
    verify: z.boolean().default(true).describe("`false`: take any certificate. What answers may then be anybody."),
  }).refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: "`cert` and `key` come together: give both or none",
  });

export type TlsOptions = z.output<ReturnType<typeof tlsOptions>>;

/**
 * Reports `tls` where none of the URLs speaks TLS: whoever wrote it counts on it. What is no URL has its own problem, and
 * could have been meant as one with https.
 */
export function refuseIdleTls(
  context: z.core.$RefinementCtx,
  tls: TlsOptions | undefined,
  urls: readonly (string | undefined)[],
): void {
  const mayBeTls = (url: string): boolean => !URL.canParse(url) || new URL(url).protocol === "https:";
  if (tls === undefined || urls.some((url) => url !== undefined && mayBeTls(url))) return;
  context.addIssue({ code: "custom", path: ["tls"], message: "is for URLs with https:// only" });
}

/**
 * What Node's `tls.connect` takes. The files are read anew for each run, since certificates are replaced while the
 * process runs.
 *
 * @throws CheckError `certificate_unreadable`
 */
export async function readTls(given: TlsOptions, signal: AbortSignal): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([
    readPem(given.ca, parseCertificate, signal),
    readPem(given.cert, parseCertificate, signal),
    readPem(given.key, createPrivateKey, signal),
  ]);
  if (cert !== undefined && key !== undefined && !cert.parsed.checkPrivateKey(key.parsed)) {
    throw unusable(`the key in ${given.key} is not that of the certificate in ${given.cert}`);
  }
  return {
    ...(ca === undefined ? {} : { ca: ca.pem }),
    ...(cert === undefined ? {} : { cert: cert.pem }),
    ...(key === undefined ? {} : { key: key.pem }),
    ...(given.serverName === undefined ? {} : { servername: given.serverName }),
    rejectUnauthorized: given.verify,
  };
}

/** `parse` refuses what is no PEM; node:tls would trust nobody, without a word. */
async function readPem<T>(path: string | undefined, parse: (pem: Buffer) => T, signal: AbortSignal) {
  if (path === undefined) return undefined;
  const pem = await readFile(path, { signal }).catch((error: unknown) => {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw unusable(`the PEM file ${path} cannot be read (${code})`, error);
  });
  try {
    return { pem, parsed: parse(pem) };
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw unusable(`the PEM file ${path} does not hold what it should (${code})`, error);
  }
}

/** The first certificate of a bundle. */
const parseCertificate = (pem: Buffer): X509Certificate => new X509Certificate(pem);

const unusable = (message: string, cause?: unknown): CheckError =>
  new CheckError({
    reason: "certificate_unreadable",
    message,
    remedy: "see whether the right file is mounted, and whether this process may read it",
    cause,
  });
