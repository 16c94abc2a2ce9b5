import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { CommandFailure, exitCode } from "./exit-code.js";

/** How the connection is secured: grpc_health_probe's `-tls…` flags. Paths of PEM files. */
export interface TlsOptions {
  readonly tls?: boolean;
  readonly tlsNoVerify?: boolean;
  readonly tlsCaCert?: string;
  readonly tlsClientCert?: string;
  readonly tlsClientKey?: string;
  readonly tlsServerName?: string;
}

/** What the files hold; undefined where none is named. */
export interface TlsFiles {
  readonly ca: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly cert: Buffer | undefined;
}

/** Gives a command the flags of {@link TlsOptions}. */
export function addTlsFlags<C extends Command>(command: C): C {
  return command
    .option("--tls", "connect with TLS")
    .option("--tls-no-verify", "accept any certificate (insecure)")
    .option("--tls-ca-cert <file>", "certificates to trust, PEM; without it the system's")
    .option("--tls-client-cert <file>", "certificate of this client, PEM")
    .option("--tls-client-key <file>", "private key of this client, PEM")
    .option("--tls-server-name <name>", "host name that the server's certificate carries");
}

/** What contradicts itself in the flags, by the rules of grpc_health_probe; undefined where nothing does. */
export function tlsProblem(options: TlsOptions): string | undefined {
  const { tls, tlsNoVerify, tlsCaCert, tlsClientCert, tlsClientKey, tlsServerName } = options;
  const dependent = { tlsNoVerify, tlsCaCert, tlsClientCert, tlsClientKey, tlsServerName };
  const given = Object.entries(dependent).find(([, value]) => value !== undefined);
  if (!tls && given !== undefined) return `${flagNames[given[0] as keyof typeof dependent]} needs --tls`;
  if (tlsClientCert !== undefined && tlsClientKey === undefined) return "--tls-client-cert needs --tls-client-key";
  if (tlsClientKey !== undefined && tlsClientCert === undefined) return "--tls-client-key needs --tls-client-cert";
  if (tlsNoVerify && tlsCaCert !== undefined) return "--tls-ca-cert has no effect with --tls-no-verify; leave one out";
  if (tlsNoVerify && tlsServerName !== undefined) {
    return "--tls-server-name has no effect with --tls-no-verify; leave one out";
  }
  return undefined;
}

const flagNames = {
  tlsNoVerify: "--tls-no-verify",
  tlsCaCert: "--tls-ca-cert",
  tlsClientCert: "--tls-client-cert",
  tlsClientKey: "--tls-client-key",
  tlsServerName: "--tls-server-name",
};

/**
 * Reads the files; undefined where TLS is not asked for. Throws a CommandFailure that names the file, or the flags that
 * contradict each other.
 */
export function readTlsFiles(options: TlsOptions): TlsFiles | undefined {
  const problem = tlsProblem(options);
  if (problem !== undefined) throw new CommandFailure(exitCode.arguments, problem);
  if (!options.tls) return undefined;
  return {
    ca: readPem("--tls-ca-cert", options.tlsCaCert, parseCertificate),
    key: readPem("--tls-client-key", options.tlsClientKey, createPrivateKey),
    cert: readPem("--tls-client-cert", options.tlsClientCert, parseCertificate),
  };
}

/** `parse` refuses what is no PEM; node:tls would trust nobody, without a word. */
function readPem(flag: string, path: string | undefined, parse: (pem: Buffer) => unknown): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    const pem = readFileSync(path);
    parse(pem);
    return pem;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(exitCode.arguments, `the file of ${flag}, ${path}, is not usable: ${what}`, error);
  }
}

/** The first certificate of a bundle. */
const parseCertificate = (pem: Buffer): X509Certificate => new X509Certificate(pem);
