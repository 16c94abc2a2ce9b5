/** Why the gRPC server cannot listen: where, what the system says, and what to do. */
export class GrpcListenError extends Error {
  override readonly name = "GrpcListenError";
  /** The address as it was configured. */
  readonly address: string;
  /** The system's code (`EADDRINUSE`); undefined where the address itself makes no sense. */
  readonly code: string | undefined;

  constructor(address: string, problem: string, cause?: NodeJS.ErrnoException) {
    super(`gRPC cannot listen on ${address}: ${problem}`, cause === undefined ? undefined : { cause });
    this.address = address;
    this.code = cause?.code;
  }
}

/** The system's error in words, with the way out. */
export function explainListenFailure(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "EADDRINUSE":
      return "another process listens there; stop that process or choose another address (port 0 picks a free port)";
    case "EADDRNOTAVAIL":
      return "no network interface of this machine has that address; 0.0.0.0 or [::] stands for all of them";
    case "EACCES":
    case "EPERM":
      return "permission denied; ports below 1024 need CAP_NET_BIND_SERVICE, a Unix socket a directory that this user may write";
    case "ENOENT":
    case "ENOTDIR":
      return "the directory of the socket does not exist; create it first";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host name has no address; write an IP address, or repair name resolution";
    case "EAFNOSUPPORT":
      return "this machine has no such address family (IPv6 may be off); write an IPv4 address";
    default:
      return error.message;
  }
}
