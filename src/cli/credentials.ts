import { type ChannelCredentials, credentials } from "@grpc/grpc-js";
import { CommandFailure, exitCode } from "./exit-code.js";
import { readTlsFiles, type TlsOptions } from "./tls-flags.js";

/** Throws a CommandFailure that names the file that is wrong, or the flags that contradict each other. */
export function channelCredentials(options: TlsOptions): ChannelCredentials {
  const files = readTlsFiles(options);
  if (files === undefined) return credentials.createInsecure();
  try {
    return credentials.createSsl(files.ca, files.key, files.cert, { rejectUnauthorized: !options.tlsNoVerify });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(exitCode.arguments, `the TLS files do not fit together: ${what}`, error);
  }
}

/** How to connect by these flags: what `connect` of the health client takes. */
export function secured(options: TlsOptions): { credentials: ChannelCredentials; serverName?: string } {
  // For an IP address grpc-js puts it into the handshake as a name, of which Node warns on standard error.
  if (options.tls) process.noDeprecation = true;
  return {
    credentials: channelCredentials(options),
    ...(options.tlsServerName === undefined ? {} : { serverName: options.tlsServerName }),
  };
}
