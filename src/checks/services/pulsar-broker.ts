import { healthy, present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import type { Ask, Asked } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import { CheckError, type Result } from "../result.js";

/**
 * The broker's own health check: it writes a message to a topic that it keeps for that, and reads it.
 *
 * @throws CheckError `broker_unhealthy`, those of {@link refusal}, and those of `exchange`.
 */
export async function askBrokerHealth(ask: Ask, url: string): Promise<Result> {
  const asked = await ask(urlBelow(url, "/admin/v2/brokers/health"));
  const { response, where, elapsedMs } = asked;
  if (response.status === 200 && response.said.toLowerCase() === "ok") {
    const readings = { healthSeconds: present(elapsedMs / 1000) };
    return healthy(`${where} answered ok in ${formatDuration(elapsedMs)}`, readings);
  }
  throw (
    refusal(asked, "a superuser's") ??
    new CheckError({
      reason: "broker_unhealthy",
      message: `${where} answered ${answered(asked)}, expected 200: ok`,
      remedy: "look at the log of the broker, and whether its bookies and its metadata store answer",
    })
  );
}

/** An answer that says of nothing but who asks, or that there is no Pulsar; undefined for others. */
export function refusal(asked: Asked, whose: string): CheckError | undefined {
  const { where, response } = asked;
  const message = `${where} answered ${answered(asked)}`;
  switch (response.status) {
    case 401:
      return new CheckError({
        reason: "authentication_failed",
        message,
        remedy: "see whether the token is right and not expired: auth.bearer",
      });
    case 403:
      return new CheckError({ reason: "permission_denied", message, remedy: `give ${whose} token: auth.bearer` });
    default:
      return undefined;
  }
}

/** The status and what was said: `500: {"reason":"…"}`. */
export const answered = ({ response: { status, said } }: Asked): string =>
  said === "" ? `${status}` : `${status}: ${said}`;
