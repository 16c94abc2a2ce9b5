import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { TlsFiles } from "../core/listen-options.js";

/** What the files held when they were read: good for a TLS server. */
export interface TlsMaterial {
  readonly context: SecureContextOptions;
  /** Of the certificate, on one line. */
  readonly subject: string;
  /** The first end of a certificate in the chain, in milliseconds since 1970. */
  readonly expiresAtWallMs: number;
}

/** The bytes of the files. */
export interface TlsBytes {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
}

/** Files that cannot serve TLS: which one, and why. The message holds nothing of a key. */
export class TlsFilesError extends Error {
  override readonly name = "TlsFilesError";
}

/** @throws TlsFilesError for a file that cannot be read. */
export async function readTlsFiles({ cert, key, clientCa }: TlsFiles): Promise<TlsBytes> {
  const [certBytes, keyBytes, clientCaBytes] = await Promise.all([
    read("cert", cert),
    read("key", key),
    clientCa === undefined ? undefined : read("clientCa", clientCa),
  ]);
  return { cert: certBytes, key: keyBytes, clientCa: clientCaBytes };
}

/**
 * What can be made of the files. A certificate that has ended is taken: clients that look will refuse it, and those that
 * do not, as the kubelet, are served on.
 *
 * @throws TlsFilesError where they hold something else, or do not belong together.
 */
export function tlsMaterial(files: TlsFiles, bytes: TlsBytes): TlsMaterial {
  const chain = certificatesIn("cert", files.cert, bytes.cert);
  const [leaf] = chain;
  const key = parsed("key", files.key, "private key without a passphrase", () => createPrivateKey(bytes.key));
  if (files.clientCa !== undefined && bytes.clientCa !== undefined) {
    certificatesIn("clientCa", files.clientCa, bytes.clientCa);
  }
  if (!leaf.checkPrivateKey(key)) {
    throw new TlsFilesError(`the key in ${files.key} is not that of the certificate in ${files.cert}`);
  }
  const context: SecureContextOptions = {
    cert: bytes.cert,
    key: bytes.key,
    ...(bytes.clientCa === undefined ? {} : { ca: bytes.clientCa }),
    minVersion: files.minVersion === "1.3" ? "TLSv1.3" : "TLSv1.2",
  };
  try {
    createSecureContext(context);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new TlsFilesError(`OpenSSL does not take ${files.cert} with ${files.key}: ${what}`, { cause: error });
  }
  return {
    context,
    subject: leaf.subject.replaceAll("\n", ", "),
    expiresAtWallMs: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))),
  };
}

async function read(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new TlsFilesError(`the file of ${option}, ${path}, cannot be read (${code})`, { cause: error });
  }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Each certificate of a bundle: node:tls would ignore a broken one, and then trust or show less than it should. */
function certificatesIn(option: string, path: string, bytes: Buffer): readonly [X509Certificate, ...X509Certificate[]] {
  const pems = bytes.toString("latin1").match(pemCertificate) ?? [];
  const [first, ...rest] = pems.map((pem) => parsed(option, path, "certificate", () => new X509Certificate(pem)));
  if (first === undefined) throw new TlsFilesError(`the file of ${option}, ${path}, holds no certificate in PEM`);
  return [first, ...rest];
}

function parsed<T>(option: string, path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new TlsFilesError(`the file of ${option}, ${path}, holds no ${what} that can be read (${code})`, {
      cause: error,
    });
  }
}
