import { formatDuration } from "../../core/units.js";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";

/** The only file that knows the error codes of Node's sockets and of OpenSSL. */

interface Translation {
  readonly reason: Reason;
  readonly what: string;
  readonly remedy?: string;
}

const seeTheWay = "see whether the host is up, and whether routes and firewalls let this machine through to it";

const translations: Readonly<Record<string, Translation>> = {
  ECONNREFUSED: {
    reason: "connection_refused",
    what: "the connection was refused",
    remedy: "see whether the program is running and listens at this address",
  },
  ECONNRESET: brokenOff(),
  EPIPE: brokenOff(),
  ETIMEDOUT: { reason: "connection_timeout", what: "the system gave up connecting", remedy: seeTheWay },
  EHOSTUNREACH: { reason: "host_unreachable", what: "no route leads to the host", remedy: seeTheWay },
  ENETUNREACH: { reason: "host_unreachable", what: "no route leads to the network", remedy: seeTheWay },
  EADDRNOTAVAIL: {
    reason: "host_unreachable",
    what: "this machine has no address to connect from",
    remedy: "see whether this machine has an address in that network, and ports left for new connections",
  },
  ENOTFOUND: {
    reason: "name_not_resolved",
    what: "the name is not known to DNS",
    remedy: "look for a typing error in the host name, and for the search domains of this container",
  },
  EAI_AGAIN: {
    reason: "name_not_resolved",
    what: "DNS gave no answer",
    remedy: "see whether the DNS server of this machine answers",
  },
  ENOENT: {
    reason: "socket_not_found",
    what: "there is no such socket",
    remedy: "see whether the program is running and listens at this path",
  },
  EACCES: {
    reason: "permission_denied",
    what: "no permission to connect",
    remedy: "let the user of this process write to the socket and search the folders above it",
  },
  EMFILE: {
    reason: "too_many_open_files",
    what: "this process has too many files open",
    remedy: "raise the limit of open files (ulimit -n)",
  },
  CERT_HAS_EXPIRED: { reason: "certificate_expired", what: "the certificate has expired", remedy: "renew it" },
  CERT_NOT_YET_VALID: {
    reason: "certificate_invalid",
    what: "the certificate is not valid yet",
    remedy: "see whether the clock of this machine is right, and from when on the certificate is valid",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    reason: "certificate_invalid",
    what: "the certificate is for another host name",
    remedy: "connect to a name that the certificate has, or give that name in `tls.serverName`",
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    reason: "certificate_untrusted",
    what: "the certificate is self-signed",
    ...trustIt(),
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    reason: "certificate_untrusted",
    what: "the certificate comes from an authority that is not trusted",
    ...trustIt(),
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    reason: "certificate_untrusted",
    what: "the certificate comes from an authority that is not trusted",
    ...trustIt(),
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    reason: "certificate_untrusted",
    what: "the certificate comes from an authority that is not trusted",
    ...trustIt(),
  },
  // The names of OpenSSL, which says TLS 1.0 or SSL 3 of every alert that was there then.
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: refusedClient("the other side asks for a client certificate"),
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: {
    reason: "tls_failed",
    what: "the other side refused the TLS handshake",
    remedy: "see which TLS versions and ciphers it takes, and whether it asks for a client certificate",
  },
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: refusedClient("the other side refused the client certificate"),
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: refusedClient("the other side refused the client certificate"),
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: refusedClient("to the other side the client certificate has expired"),
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: refusedClient("to the other side the client certificate is revoked"),
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: refusedClient("the other side refused the client certificate"),
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: refusedClient("the other side does not trust the client certificate"),
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: refusedClient("the other side refused the client certificate"),
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: {
    reason: "http2_not_offered",
    what: "the other side does not offer HTTP/2 over TLS",
    remedy: "see whether this is the right port, and whether HTTP/2 is on there",
  },
};

const seeTheProtocol = "see what listens at this address, and whether it is the right port";

function brokenOff(): Translation {
  return {
    reason: "connection_reset",
    what: "the other side broke the connection off",
    remedy: "see its log, whether it speaks this protocol here, and whether it expects TLS",
  };
}

function trustIt() {
  return { remedy: "name the authority's certificate in the check's `tls.ca`, or in NODE_EXTRA_CA_CERTS" };
}

function refusedClient(what: string): Translation {
  return {
    reason: "client_certificate_refused",
    what,
    remedy: "give the check a certificate that the other side trusts, in `tls.cert` and `tls.key`",
  };
}

/** What a failed connection comes to: the reason, and a sentence that says where and after how long. */
export function networkError(error: unknown, where: string, afterMs: number): CheckError {
  const { reason, what, remedy } = translate(error);
  return new CheckError({
    reason,
    message: `${where}: ${what} after ${formatDuration(afterMs)}`,
    ...(remedy === undefined ? {} : { remedy }),
    cause: error,
  });
}

/** What the deadline comes to. `phase` says what had been reached: `connected, but no answer`. */
export function deadlineError(where: string, phase: string, afterMs: number): CheckError {
  return new CheckError({
    reason: "timeout",
    message: `${where}: ${phase} after ${formatDuration(afterMs)}`,
    remedy: phase.startsWith("connected")
      ? "see whether the program hangs or has too much to do; where it needs that long, raise `timeout`"
      : `${seeTheWay}; where it takes that long, raise \`timeout\``,
  });
}

/** OpenSSL's error as a code, which libuv puts behind a message of its own: `write EPROTO …:wrong version number:…`. */
function codeOf({ code = "", message }: NodeJS.ErrnoException): string {
  const [, words] = (code === "EPROTO" && /:SSL routines:[^:]*:([^:]+):/.exec(message)) || [];
  return words === undefined ? code : `ERR_SSL_${words.toUpperCase().replaceAll(" ", "_")}`;
}

function translate(error: unknown): Translation {
  const { message } = error as NodeJS.ErrnoException;
  const code = codeOf(error as NodeJS.ErrnoException);
  const known = Object.hasOwn(translations, code) ? translations[code] : undefined;
  if (known !== undefined) return known;
  if (code.startsWith("HPE_")) {
    return { reason: "protocol_error", what: `what came back is not HTTP (${message})`, remedy: seeTheProtocol };
  }
  if (code.startsWith("ERR_HTTP2_")) {
    const what = `what came back is not HTTP/2, or breaks it off (${message})`;
    return { reason: "protocol_error", what, remedy: seeTheProtocol };
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) {
    return {
      reason: "tls_failed",
      what: `TLS could not be agreed on (${code})`,
      remedy: "see whether the other side speaks TLS at this address, and which versions",
    };
  }
  return { reason: "connection_failed", what: `the connection failed (${message})` };
}
