/** Which of the servers a listener belongs to. */
export type ServerName = "grpc" | "http" | "admin";

/** Why a connection was closed before it was served. */
export const refusals = [
  "not_allowed",
  "too_many_connections",
  "too_many_of_address",
  "tls_failed",
  "client_name_not_allowed",
] as const;

export type Refusal = (typeof refusals)[number];

/** What metrics show of one address that a server listens on. */
export interface ListenerState {
  readonly server: ServerName;
  /** Where it listens, with the port that the system chose where 0 was asked. */
  readonly address: string;
  readonly openConnections: number;
  /** Since start. */
  readonly refused: Readonly<Record<Refusal, number>>;
  /** Undefined without TLS. */
  readonly certificate: CertificateState | undefined;
}

export interface CertificateState {
  /** End of the certificate that is shown to clients, in milliseconds since 1970. */
  readonly expiresAtWallMs: number;
  /** False while the files hold something that cannot be used, and an earlier certificate is shown. */
  readonly isCurrent: boolean;
}

/** What happened at a listener that its operator may want to know. */
export type ListenerEvent =
  | { readonly kind: "refused"; readonly reason: Refusal; readonly peer: string; readonly detail: string }
  /** A request without the token that its listener asks for. */
  | { readonly kind: "unauthorized"; readonly peer: string }
  | { readonly kind: "certificate_loaded"; readonly subject: string; readonly expiresAtWallMs: number }
  | { readonly kind: "certificate_unusable"; readonly problem: string };

/** Told of each event, with the listener that it happened at. */
export type OnListenerEvent = (server: ServerName, address: string, event: ListenerEvent) => void;
