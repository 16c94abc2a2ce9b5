import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { AlertTarget } from "../../src/core/alerting.js";

/** Servers that take alerts as the services document it, and answer what those answer. Written from their documents alone. */

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: unknown;
}

interface Request {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Judge = (request: Request) => Reply;

export const webhookSecret = `whsec_${Buffer.from("a key of 24 bytes or so!").toString("base64")}`;
export const dingtalkSecret = "SEC0123456789abcdef";
export const feishuSecret = "feishu-signing-secret";
export const routingKey = "R0UT1NGKEY0123456789ABCDEFGHIJKL";

/** Paths as the services have them; what is secret in them is to appear nowhere. */
export const paths: { readonly [Type in AlertTarget["type"]]: string } = {
  webhook: "/hooks/gpu",
  alertmanager: "",
  slack: "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
  dingtalk: "/robot/send?access_token=dingtalk-access-token",
  wecom: "/cgi-bin/webhook/send?key=wecom-robot-key",
  feishu: "/open-apis/bot/v2/hook/feishu-bot-token",
  pagerduty: "/v2/enqueue",
};

/** A target of each type at this server. */
export const targetsAt = (base: string): { readonly [Type in AlertTarget["type"]]: AlertTarget } => ({
  webhook: {
    type: "webhook",
    url: `${base}${paths.webhook}`,
    secret: webhookSecret,
    headers: { authorization: "Bearer hunter2-token" },
  },
  alertmanager: { type: "alertmanager", url: `${base}/`, headers: {}, labels: { cluster: "a" } },
  slack: { type: "slack", url: `${base}${paths.slack}` },
  dingtalk: { type: "dingtalk", url: `${base}${paths.dingtalk}`, secret: dingtalkSecret },
  wecom: { type: "wecom", url: `${base}${paths.wecom}` },
  feishu: { type: "feishu", url: `${base}${paths.feishu}`, secret: feishuSecret },
  pagerduty: { type: "pagerduty", url: `${base}${paths.pagerduty}`, routingKey },
});

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/** The body where it has the documented shape. */
function parsed(schema: z.ZodType, text: string): { readonly problem?: string } {
  const result = schema.safeParse(JSON.parse(text));
  return result.success ? {} : { problem: z.prettifyError(result.error) };
}

const bytes = (limit: number) => z.string().refine((text) => Buffer.byteLength(text) <= limit);
const isoTime = z.iso.datetime();
const url = z.url();

const webhookShape = z.strictObject({
  version: z.literal(1),
  event: z.enum(["firing", "changed", "repeated", "resolved"]),
  state: z.enum(["firing", "resolved"]),
  key: z.string().min(1),
  host: z.string().min(1),
  component: z.string(),
  components: z.array(z.string()),
  check: z.string(),
  severity: z.enum(["warning", "critical"]),
  status: z.enum(["degraded", "unhealthy"]),
  reason: z.string(),
  message: z.string(),
  since: isoTime,
  remedy: z.string().nullable(),
  runbook: url.nullable(),
  description: z.string().nullable(),
  faults: z.array(z.strictObject({ fault: z.string(), message: z.string() })),
  consequences: z.array(z.string()),
  consecutiveFailures: z.int(),
});

const label = z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string());
const alertmanagerShape = z
  .array(
    z.strictObject({
      labels: label.refine((labels) => "alertname" in labels),
      annotations: label,
      startsAt: isoTime,
      endsAt: isoTime,
    }),
  )
  .min(1);

const slackSection = z.strictObject({
  type: z.literal("section"),
  text: z.strictObject({ type: z.literal("mrkdwn"), text: z.string().min(1).max(3000), verbatim: z.boolean() }),
});
const slackShape = z.strictObject({ text: z.string().max(40_000), blocks: z.array(slackSection).max(50) });

const dingtalkShape = z.strictObject({
  msgtype: z.literal("text"),
  text: z.strictObject({ content: bytes(20_000) }),
  at: z.strictObject({ isAtAll: z.literal(false) }),
});
const wecomShape = z.strictObject({ msgtype: z.literal("text"), text: z.strictObject({ content: bytes(2048) }) });

const plainText = z.strictObject({ tag: z.literal("plain_text"), content: z.string().min(1) });
const feishuShape = z.strictObject({
  timestamp: z.string().regex(/^\d{10}$/),
  sign: z.base64(),
  msg_type: z.literal("interactive"),
  card: z.strictObject({
    config: z.strictObject({ wide_screen_mode: z.boolean() }),
    header: z.strictObject({ title: plainText, template: z.enum(["red", "orange", "green"]) }),
    elements: z.array(z.strictObject({ tag: z.literal("div"), text: plainText })).min(1),
  }),
});

const eventKeys = { routing_key: z.string().length(32), dedup_key: z.string().max(255) };
const pagerdutyShape = z.discriminatedUnion("event_action", [
  z.strictObject({
    ...eventKeys,
    event_action: z.literal("trigger"),
    client: z.string(),
    payload: z.strictObject({
      summary: z.string().max(1024),
      source: z.string().min(1),
      severity: z.enum(["critical", "error", "warning", "info"]),
      timestamp: isoTime,
      component: z.string(),
      group: z.string(),
      class: z.string(),
      custom_details: z.record(z.string(), z.unknown()),
    }),
    links: z.array(z.strictObject({ href: url, text: z.string() })).optional(),
  }),
  z.strictObject({ ...eventKeys, event_action: z.literal("resolve") }),
]);

const judges: { readonly [Type in AlertTarget["type"]]: Judge } = {
  webhook({ headers, text }) {
    const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature, authorization } = headers;
    const key = Buffer.from(webhookSecret.slice("whsec_".length), "base64");
    const expected = `v1,${createHmac("sha256", key).update(`${id}.${time}.${text}`).digest("base64")}`;
    if (!isSame(String(signature), expected)) return { status: 401, body: "bad signature" };
    if (authorization !== "Bearer hunter2-token") return { status: 403, body: "who are you?" };
    const { problem } = parsed(webhookShape, text);
    return problem === undefined ? { status: 204, body: "" } : { status: 400, body: problem };
  },
  alertmanager({ text }) {
    const { problem } = parsed(alertmanagerShape, text);
    return problem === undefined ? { status: 200, body: "" } : { status: 400, body: problem };
  },
  slack({ text }) {
    const { problem } = parsed(slackShape, text);
    return problem === undefined ? { status: 200, body: "ok" } : { status: 400, body: `invalid_blocks ${problem}` };
  },
  dingtalk({ url, text }) {
    const { timestamp, sign, access_token } = Object.fromEntries(url.searchParams);
    const expected = createHmac("sha256", dingtalkSecret).update(`${timestamp}\n${dingtalkSecret}`).digest("base64");
    if (access_token !== "dingtalk-access-token") return errcode(300001, "token is not exist");
    if (!/^\d{13}$/.test(timestamp ?? "") || !isSame(sign ?? "", expected)) return errcode(310000, "sign not match");
    return errcode(...judged(dingtalkShape, text, 40035));
  },
  wecom({ url, text }) {
    if (url.searchParams.get("key") !== "wecom-robot-key") return errcode(93000, "invalid webhook url");
    return errcode(...judged(wecomShape, text, 40008));
  },
  feishu({ text }) {
    const { timestamp, sign } = JSON.parse(text) as { readonly timestamp: string; readonly sign: string };
    const expected = createHmac("sha256", `${timestamp}\n${feishuSecret}`).update("").digest("base64");
    if (!isSame(sign, expected))
      return json({ code: 19021, msg: "sign match fail or timestamp is not within one hour" });
    if (Buffer.byteLength(text) > 20_000) return json({ code: 9499, msg: "too large" });
    const [code, msg] = judged(feishuShape, text, 9499);
    return json({ code, msg });
  },
  pagerduty({ text }) {
    const { problem } = parsed(pagerdutyShape, text);
    if (problem !== undefined)
      return { status: 400, body: JSON.stringify({ status: "invalid event", errors: [problem] }) };
    return { status: 202, body: JSON.stringify({ status: "success", message: "Event processed" }) };
  },
};

const json = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) });
const errcode = (code: number, errmsg: string): Reply => json({ errcode: code, errmsg });

function judged(schema: z.ZodType, text: string, code: number): readonly [number, string] {
  const { problem } = parsed(schema, text);
  return problem === undefined ? [0, "ok"] : [code, problem];
}

/** Where an Alertmanager of a test tells us what it would tell people. */
export const notifiedPath = "/notified";

function judgeOf(path: string): Judge | undefined {
  if (path === "/api/v2/alerts") return judges.alertmanager;
  const types = Object.keys(paths) as AlertTarget["type"][];
  const type = types.find((each) => paths[each].split("?")[0] === path);
  return type === undefined ? undefined : judges[type];
}

/** One server for all of them, told apart by the path. */
export class AlertReceivers {
  readonly received: Received[] = [];
  /** Says something else than the service would, once for each entry. */
  readonly overrides: Reply[] = [];
  /** Called with what an Alertmanager sends on to {@link notifiedPath}. */
  onNotified: (body: unknown) => void = () => {};
  private constructor(
    private readonly server: Server,
    readonly base: string,
  ) {}

  static async listen(): Promise<AlertReceivers> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const receivers = new AlertReceivers(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", async (request, response) => {
      let text = "";
      for await (const chunk of request.setEncoding("utf8")) text += chunk;
      const { headers } = request;
      const url = new URL(request.url ?? "/", receivers.base);
      const judge = judgeOf(url.pathname);
      const body: unknown = JSON.parse(text);
      if (url.pathname === notifiedPath) receivers.onNotified(body);
      else receivers.received.push({ path: url.pathname, headers, text, body });
      const reply = receivers.overrides.shift() ?? judge?.({ url, headers, text }) ?? { status: 200, body: "" };
      response.writeHead(reply.status, reply.headers ?? {}).end(reply.body);
    });
    return receivers;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
