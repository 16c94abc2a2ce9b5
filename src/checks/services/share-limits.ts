import { mapping, percent } from "../options.js";

/** From which used share of something limited a check is degraded, and from which unhealthy. */
export interface ShareLimits {
  readonly degraded: number;
  readonly unhealthy?: number | undefined;
}

/** The option for {@link ShareLimits}, where `what` is «of the connections». Its keys have defaults. */
export const shareLimits = (what: string) =>
  mapping({
    degraded: percent().prefault("90%").describe(`Used share ${what} from which the check is degraded.`),
    unhealthy: percent()
      .optional()
      .describe(`Used share ${what} from which it is unhealthy; left out: it is degraded at most.`),
  });

/** How bad the share is, and the limit that it reached. */
export function judgeShare(
  ratio: number,
  limits: ShareLimits,
): { readonly status: "unhealthy" | "degraded"; readonly limit: number } | undefined {
  if (limits.unhealthy !== undefined && ratio >= limits.unhealthy) {
    return { status: "unhealthy", limit: limits.unhealthy };
  }
  return ratio >= limits.degraded ? { status: "degraded", limit: limits.degraded } : undefined;
}
