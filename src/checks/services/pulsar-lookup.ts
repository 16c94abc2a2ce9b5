import { z } from "zod";
import { healthy, present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import type { Ask, Asked } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import { CheckError, type Result } from "../result.js";
import { answered, refusal } from "./pulsar-broker.js";

const lookupAnswer = z.object({ brokerUrl: z.string().nullish(), brokerUrlTls: z.string().nullish() });

const maxRedirects = 5;

/**
 * Which broker owns the topic; Pulsar assigns one where none does. The topic need not exist.
 *
 * @throws CheckError `namespace_not_found`, `no_broker`, `lookup_failed`, `invalid_redirect`, `too_many_redirects`, those
 * of `refusal`, and those of `exchange`.
 */
export async function lookUpTopic(ask: Ask, url: string, topic: string): Promise<Result> {
  const [domain = "", rest = ""] = topic.split("://");
  const path = rest.split("/").map(encodeURIComponent).join("/");
  const { asked, elapsedMs } = await askOwner(ask, urlBelow(url, `/lookup/v2/topic/${domain}/${path}`));
  const answer = lookupAnswer.safeParse(asked.response.json);
  const broker = answer.data?.brokerUrl || answer.data?.brokerUrlTls;
  if (asked.response.status !== 200 || !broker) throw lookupError(asked, topic);
  const readings = { lookupSeconds: present(elapsedMs / 1000) };
  return {
    ...healthy(`${broker} owns ${topic}, as was known after ${formatDuration(elapsedMs)}`, readings),
    metadata: { broker },
  };
}

/**
 * A broker that is not to decide redirects to the one that is. All of a cluster's brokers take the same token, so it
 * goes with the redirect, as Pulsar's own clients do it; but never from `https:` to `http:`.
 */
async function askOwner(ask: Ask, first: URL): Promise<{ readonly asked: Asked; readonly elapsedMs: number }> {
  let url = first;
  let elapsedMs = 0;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const asked = await ask(url);
    elapsedMs += asked.elapsedMs;
    const { location } = asked.response.headers;
    if (asked.response.status !== 307 || location === undefined) return { asked, elapsedMs };
    url = redirected(asked, location, url);
  }
  const message = `the lookup of ${first.pathname} was redirected more than ${maxRedirects} times`;
  throw new CheckError({
    reason: "too_many_redirects",
    message,
    remedy: "see whether the brokers agree on their leader",
  });
}

function redirected({ where }: Asked, location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === from.protocol) return target;
  const message = `${where} redirects to what is no ${from.protocol}// URL`;
  const remedy = "see what addresses the brokers advertise (advertisedAddress, webServicePortTls)";
  throw new CheckError({ reason: "invalid_redirect", message, remedy });
}

function lookupError(asked: Asked, topic: string): CheckError {
  const message = `the lookup of ${topic} failed: ${asked.where} answered ${answered(asked)}`;
  switch (asked.response.status) {
    case 404:
      return new CheckError({
        reason: "namespace_not_found",
        message,
        remedy: "create the tenant and the namespace, or correct `topic`",
      });
    case 503:
      return new CheckError({
        reason: "no_broker",
        message,
        remedy: "see whether brokers are overloaded or unloading",
      });
    default:
      return (
        refusal(asked, "the topic's producer's or consumer's") ??
        new CheckError({ reason: "lookup_failed", message, remedy: "look at the log of the broker" })
      );
  }
}
