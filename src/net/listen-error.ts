import { type Address, formatAddress } from "../core/address.js";

/** An address that could not be listened on: which one, why, and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly address: string;
  /** The system's code, such as EADDRINUSE; EINVAL where the text is no address. */
  readonly code: string;

  constructor(options: { address: string; code: string; problem: string; cause?: unknown }) {
    super(`cannot listen on ${options.address}: ${options.problem}`, { cause: options.cause });
    this.address = options.address;
    this.code = options.code;
  }
}

/** `option` is what the operator changes to listen elsewhere: `--http or http.listen`. */
export function explainListenError(cause: unknown, address: Address, option: string): ListenError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "UNKNOWN";
  const fallback = cause instanceof Error ? cause.message : String(cause);
  const problem = address.kind === "tcp" ? tcpProblem(code, address, option) : unixProblem(code, address.path, option);
  return new ListenError({ address: formatAddress(address), code, problem: problem ?? fallback, cause });
}

/** The same for a socket that was open when the process began. */
export function explainInheritedError(cause: unknown, address: string): ListenError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "UNKNOWN";
  const problem = "it is no listening stream socket. In its socket unit use ListenStream= and leave Accept= out";
  return new ListenError({ address, code, problem, cause });
}

function tcpProblem(code: string, { host, port }: { host: string; port: number }, option: string): string | undefined {
  switch (code) {
    case "EADDRINUSE":
      return `the port is in use by another process. «ss -ltnp 'sport = :${port}'» names it; ${option} takes another port`;
    case "EACCES":
    case "EPERM":
      return `this process may not use port ${port}. Take a port over 1023 with ${option}, or grant CAP_NET_BIND_SERVICE`;
    case "EADDRNOTAVAIL":
      return `${host} is no address of this machine. «ip addr» lists them; 0.0.0.0 means all. Change it with ${option}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host name ${host} does not resolve. Give an IP address with ${option}`;
    case "EAFNOSUPPORT":
      return `this machine has no IPv6. Give an IPv4 address with ${option}`;
    default:
      return undefined;
  }
}

function unixProblem(code: string, path: string, option: string): string | undefined {
  switch (code) {
    case "EADDRINUSE":
      return `the socket is in use by another process. Stop that one, or take another path with ${option}`;
    case "EEXIST":
      return `there is something of this name that is no socket. Take another path with ${option}`;
    case "EACCES":
    case "ENOENT":
    case "ENOTDIR":
      return `the directory of ${path} does not exist, or this process may not write to it. Change one or the other, or ${option}`;
    default:
      return undefined;
  }
}
