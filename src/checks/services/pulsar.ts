import { z } from "zod";
import { healthy } from "../../core/result.js";
import { defineCheck } from "../check-type.js";
import { withHttpApi } from "../common/http-api.js";
import { httpAuth } from "../common/http-auth.js";
import { httpUrl } from "../common/http-url.js";
import { refuseIdleTls, tlsOptions } from "../common/tls-options.js";
import { mapping } from "../options.js";
import type { Result } from "../result.js";
import { askBrokerHealth } from "./pulsar-broker.js";
import { lookUpTopic } from "./pulsar-lookup.js";

const options = () =>
  mapping({
    url: httpUrl().describe(
      "The web service of a broker or proxy: `http://HOST:8080`, or with TLS `https://HOST:8443`.",
    ),
    brokerHealth: z
      .boolean()
      .default(true)
      .describe(
        "Let the broker send a message to itself and read it. Where Pulsar asks for authorization that takes a superuser: say `false` and name a `topic` where the service has no such token.",
      ),
    topic: z
      .string()
      .regex(/^(?:persistent|non-persistent):\/\/[^/\s]+\/[^/\s]+\/\S+$/, {
        error: "expected a whole name, as in persistent://public/default/requests",
      })
      .optional()
      .describe("A topic that some broker must own: `persistent://TENANT/NAMESPACE/TOPIC`."),
    auth: httpAuth().optional().describe("The token is the `bearer`."),
    tls: tlsOptions().optional().describe("For `https://`: whom to trust, and how to be trusted."),
  })
    .refine(({ brokerHealth, topic }) => brokerHealth || topic !== undefined, {
      error: "nothing is left to ask: name a `topic`, or leave `brokerHealth` on",
    })
    .superRefine(({ url, tls }, context) => refuseIdleTls(context, tls, [url]));

type Options = z.output<ReturnType<typeof options>>;

export const pulsar = defineCheck<Options>({
  type: "pulsar",
  summary: "A Pulsar broker passes its own health check, and on request some broker owns a topic.",
  reasons: [
    "connections",
    "tls",
    "pulsar",
    "authentication_failed",
    "invalid_redirect",
    "protocol_error",
    "secret_unreadable",
    "too_many_redirects",
  ],
  options,
  // A health check is a message that the broker writes and reads, which bookies store.
  schedule: { intervalMs: 15_000, timeoutMs: 5000 },
  readings: {
    healthSeconds: {
      metric: "pulsar_broker_health",
      unit: "seconds",
      help: "Time until the broker had passed its own health check.",
    },
    lookupSeconds: { metric: "pulsar_topic_lookup", unit: "seconds", help: "Time until the topic's broker was known." },
  },
  create: (given, { clock }) => ({
    run: (signal) =>
      withHttpApi(given, { clock, signal }, async (ask) => {
        const { url, brokerHealth, topic } = given;
        const found: Result[] = [];
        if (brokerHealth) found.push(await askBrokerHealth(ask, url));
        if (topic !== undefined) found.push(await lookUpTopic(ask, url, topic));
        return together(found);
      }),
  }),
});

/** Each question that fails throws, so these are well. */
function together(results: readonly Result[]): Result {
  const message = results.map((each) => each.message).join("; ");
  const readings = Object.assign({}, ...results.map((each) => each.readings));
  return { ...healthy(message, readings), metadata: Object.assign({}, ...results.map((each) => each.metadata)) };
}
