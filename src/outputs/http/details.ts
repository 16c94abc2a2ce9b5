import { networkMatcher } from "../../core/networks.js";
import { jsonResponse } from "./json.js";
import type { Peer } from "./listener.js";
import { carriesToken, type ReadToken, unauthorized } from "./token.js";

/** Who is told more than a status. */
export interface DetailsOptions {
  /** Clients from these networks. */
  readonly allow?: readonly string[] | undefined;
  /** Clients with this token. */
  readonly readToken?: ReadToken | undefined;
}

/** Decides for each request whether it is answered in full. */
export interface DetailsGuard {
  mayRead(request: Request, peer: Peer): Promise<boolean>;
  /** For those who may not. */
  refusal(): Response;
}

/** `onError` is told why a token cannot be read; the request then counts as one without it. */
export function createDetailsGuard(
  { allow, readToken }: DetailsOptions,
  onError: (error: unknown) => void,
): DetailsGuard {
  const isAllowed = networkMatcher(allow ?? []);
  return {
    async mayRead(request, { address }) {
      if (isAllowed(address)) return true;
      if (readToken === undefined) return false;
      try {
        return await carriesToken(request, readToken);
      } catch (error) {
        onError(error);
        return false;
      }
    },
    refusal: () =>
      readToken === undefined
        ? jsonResponse(403, {
            error: "details are not for your address: http.details.allow in the configuration says whose",
          })
        : unauthorized(),
  };
}
