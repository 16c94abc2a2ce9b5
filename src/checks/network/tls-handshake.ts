import type { ConnectionOptions, DetailedPeerCertificate, PeerCertificate, TLSSocket } from "node:tls";
import { networkError } from "../common/network-error.js";
import { type Deadline, openTlsSocket, type SocketTarget } from "../common/open-socket.js";

/** A certificate as the other side showed it. */
export interface ShownCertificate {
  /** `CN=localhost, O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  /** The end of its validity, in milliseconds since 1970. */
  readonly endsAtMs: number;
}

/** What a TLS handshake showed. */
export interface Handshake {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** The server's own certificate, and the authorities above it as far as they are known. */
  readonly chain: readonly [ShownCertificate, ...ShownCertificate[]];
  /** The code of what keeps the certificate from being trusted; undefined where nothing does. */
  readonly trustError: string | undefined;
}

/** How long a server that took part in the handshake may take to say that it does not like the client's certificate. */
const longestObjectionMs = 500;

/**
 * One handshake on a connection of its own, to its real end: in TLS 1.3 the server looks at the client's certificate
 * when the client is done already, so what it says next counts too. Most send a session ticket at once; one that says
 * nothing for a while has no objection.
 *
 * @throws CheckError as `network-error.ts` has them. That the certificate is not to be trusted is no error here.
 */
export async function shakeHands(
  target: SocketTarget,
  tls: ConnectionOptions,
  deadline: Deadline,
  timeoutMs: number,
): Promise<Handshake> {
  const startedAtMs = deadline.clock.nowMs();
  const elapsedMs = () => deadline.clock.nowMs() - startedAtMs;
  const socket = await openTlsSocket(target, { ...tls, rejectUnauthorized: false }, deadline);
  const handshake = shownBy(socket);
  if (handshake.protocol === "TLSv1.3") {
    const objection = await objectionOf(socket, deadline, Math.min(longestObjectionMs, timeoutMs / 2));
    if (objection !== undefined) throw networkError(objection, target.where, elapsedMs());
  }
  socket.on("error", () => {}).destroy();
  return handshake;
}

/** The error with which the server ends the connection; undefined where it has none, or the deadline comes first. */
function objectionOf(socket: TLSSocket, { clock, signal }: Deadline, withinMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = (objection?: unknown) => {
      cancel();
      signal.removeEventListener("abort", onAbort);
      resolve(objection);
    };
    const onAbort = () => settle();
    const cancel = clock.schedule(withinMs, onAbort);
    socket.once("session", onAbort).once("data", onAbort);
    socket.once("error", settle).once("close", () => settle({ code: "ECONNRESET" }));
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function shownBy(socket: TLSSocket): Handshake {
  const own = socket.getPeerCertificate(true);
  return {
    protocol: socket.getProtocol() ?? "unknown",
    chain: [shown(own), ...authoritiesAbove(own).map(shown)],
    // Declared as an Error; it is the code of one.
    trustError: socket.authorized ? undefined : String(socket.authorizationError),
  };
}

/** A root names itself as its issuer. */
function authoritiesAbove({ issuerCertificate: issuer, fingerprint256 }: DetailedPeerCertificate) {
  const found: DetailedPeerCertificate[] = [];
  const seen = new Set([fingerprint256]);
  for (let each = issuer; each !== undefined && !seen.has(each.fingerprint256); each = each.issuerCertificate) {
    seen.add(each.fingerprint256);
    found.push(each);
  }
  return found;
}

const shown = ({ subject, issuer, valid_to }: PeerCertificate): ShownCertificate => ({
  subject: nameOf(subject),
  issuer: nameOf(issuer),
  endsAtMs: Date.parse(valid_to),
});

/** The common name first, since it is what people look for. */
const nameOf = (name: PeerCertificate["subject"]): string =>
  Object.entries(name)
    .sort(([a], [b]) => Number(b === "CN") - Number(a === "CN"))
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(", ");
