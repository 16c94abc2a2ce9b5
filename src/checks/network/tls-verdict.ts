import { oneLine } from "../../core/one-line.js";
import { healthy, present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { networkError } from "../common/network-error.js";
import type { Result } from "../result.js";
import type { Handshake, ShownCertificate } from "./tls-handshake.js";

export const tlsVersions = ["TLSv1.2", "TLSv1.3"] as const;

export interface TlsLimits {
  readonly warnBeforeMs: number;
  readonly minVersion: (typeof tlsVersions)[number];
  /** Whether the certificate must be trusted. */
  readonly verify: boolean;
}

export interface Moment {
  /** Milliseconds since 1970: certificates know no other time. */
  readonly wallMs: number;
  readonly handshakeMs: number;
}

/** What a handshake means: unhealthy where clients turn away, degraded where they will before long. */
export function judgeHandshake(handshake: Handshake, limits: TlsLimits, where: string, at: Moment): Result {
  const { protocol, chain, trustError } = handshake;
  const [own] = chain;
  const ending = firstToEnd(chain);
  const leftMs = ending.endsAtMs - at.wallMs;
  const shared = {
    readings: {
      handshakeSeconds: present(at.handshakeMs / 1000),
      certificateExpirySeconds: present(leftMs / 1000),
    },
    metadata: {
      protocol,
      subject: oneLine(own.subject, 200),
      issuer: oneLine(own.issuer, 200),
      validUntil: new Date(own.endsAtMs).toISOString(),
    },
  };
  const name = describe(ending, own, where);
  const renew = `renew the certificate of ${oneLine(ending.subject, 200)}, and have the server load it`;

  if (trustError === "CERT_HAS_EXPIRED" || (leftMs <= 0 && !limits.verify)) {
    const message = `${name} ended ${formatDuration(-leftMs)} ago`;
    return { status: "unhealthy", reason: "certificate_expired", message, remedy: renew, ...shared };
  }
  if (trustError !== undefined && limits.verify) {
    const { reason, message, remedy } = networkError({ code: trustError }, where, at.handshakeMs);
    return { status: "unhealthy", reason, message, ...(remedy === undefined ? {} : { remedy }), ...shared };
  }
  if (isOlder(protocol, limits.minVersion)) {
    const message = `${where} speaks ${protocol}, expected ${limits.minVersion} at least`;
    const remedy = "allow newer versions of TLS on the server";
    return { status: "unhealthy", reason: "protocol_too_old", message, remedy, ...shared };
  }
  if (leftMs <= limits.warnBeforeMs) {
    const limit = formatDuration(limits.warnBeforeMs);
    // Sent along by the server, but none that the way to a trusted authority needs.
    const ends = leftMs <= 0 ? `ended ${formatDuration(-leftMs)} ago` : `ends in ${formatDuration(leftMs)}`;
    const message = `${name} ${ends}, less than ${limit} from now`;
    return { status: "degraded", reason: "certificate_expires_soon", message, remedy: renew, ...shared };
  }
  return { ...healthy(`${name} ends in ${formatDuration(leftMs)}; ${protocol}`), ...shared };
}

const firstToEnd = ([own, ...above]: Handshake["chain"]): ShownCertificate =>
  above.reduce((first, each) => (each.endsAtMs < first.endsAtMs ? each : first), own);

function describe(certificate: ShownCertificate, own: ShownCertificate, where: string): string {
  if (certificate === own) return `the certificate of ${where}`;
  return `the authority ${oneLine(certificate.subject, 200)} above the certificate of ${where}`;
}

/** Versions before those that may be asked for have no rank. */
function isOlder(protocol: string, minimum: TlsLimits["minVersion"]): boolean {
  const ranks: readonly string[] = tlsVersions;
  return ranks.indexOf(protocol) < ranks.indexOf(minimum);
}
