import { createHash, timingSafeEqual } from "node:crypto";
import { jsonResponse } from "./json.js";
import type { Peer } from "./listener.js";

/** Gives the token that is in force now, or rejects where it cannot be read. */
export type ReadToken = () => Promise<string>;

/** Whether a request carries the token, as `Authorization: Bearer TOKEN`. Rejects where the token cannot be read. */
export async function carriesToken(request: Request, readToken: ReadToken): Promise<boolean> {
  const [, given] = /^Bearer +(\S.*)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (given === undefined) return false;
  // Headers come as one character for each byte. Digests have one length, so nothing is learnt from the time it takes.
  return timingSafeEqual(digest(Buffer.from(given, "latin1")), digest(Buffer.from(await readToken(), "utf8")));
}

const digest = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();

export interface TokenGuardOptions {
  readonly readToken: ReadToken;
  /** Told of each request without the token, and where it came from. */
  readonly onRefused: (peer: string) => void;
  /** Told why the token cannot be read; the client gets a 503. */
  readonly onError: (error: unknown) => void;
}

/** Answers what comes without the token. Unix sockets need none: the permissions of the file let their clients in. */
export async function refuseWithoutToken(
  request: Request,
  peer: Peer,
  { readToken, onRefused, onError }: TokenGuardOptions,
): Promise<Response | undefined> {
  if (peer.address === undefined) return undefined;
  try {
    if (await carriesToken(request, readToken)) return undefined;
  } catch (error) {
    onError(error);
    return jsonResponse(503, { error: "the token of this listener cannot be read; the server's log says why" });
  }
  onRefused(peer.address);
  return unauthorized();
}

export const unauthorized = (): Response =>
  jsonResponse(
    401,
    { error: "this needs the token: send the header «Authorization: Bearer TOKEN»" },
    { "www-authenticate": 'Bearer realm="gpu-health"' },
  );
