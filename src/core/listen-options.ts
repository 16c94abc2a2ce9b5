/** Where a server listens, and who may connect there. */
export interface ListenOptions {
  /** `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`; port 0 picks a free one. `/dev/fd/N`: a socket that is open already. */
  readonly address: string;
  /** Undefined: no TLS. */
  readonly tls?: TlsFiles | undefined;
  /** Addresses and networks (`10.0.0.0/8`) that may connect; undefined: all. */
  readonly allow?: readonly string[] | undefined;
}

/** Paths of PEM files, read again when they change. */
export interface TlsFiles {
  /** The certificate, followed by those of the authorities below the root. */
  readonly cert: string;
  readonly key: string;
  /** Authorities of clients: with them, only clients with a certificate of theirs are served. */
  readonly clientCa?: string | undefined;
  /** Names of which a client's certificate must carry one; undefined: any that `clientCa` vouches for. */
  readonly clientNames?: readonly string[] | undefined;
  readonly minVersion: "1.2" | "1.3";
}

/** How many connections a server holds open, over all of its addresses. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}
