import { z } from "zod";
import { refersToFile, secret } from "../checks/common/secret.js";
import { duration, mapping, unknownWord } from "../checks/options.js";
import type { AlertReceiver, AlertTarget } from "../core/alerting.js";
import { type Found, isMapping } from "./found.js";
import { keyProblem, type Problem, parseOptions, problemsOf, valueProblem } from "./problem.js";

/** The options of every receiver, whatever its type. Schemas are made where there are alerts: it takes a start some ms. */
export const receiverOptions = () => ({
  type: z.string().describe("The format: see below."),
  after: z
    .int()
    .min(1)
    .default(3)
    .describe(
      "How many times in a row a check must have failed. What is certain (a fault of a GPU) or only degraded is not counted.",
    ),
  for: duration().prefault("0s").describe("For how long a check must have been unhealthy or degraded."),
  keepFiringFor: duration()
    .prefault("30s")
    .describe("For how long a check must be well again before it counts as resolved: what flaps is told once."),
  severity: z
    .enum(["warning", "critical"])
    .default("warning")
    .describe("The least severe that is told. `critical`: a component is unhealthy; `warning`: degraded at most."),
  components: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("Tell only what affects one of these components; `gpu/*` is all that begin so. Left out: everything."),
  draining: z
    .boolean()
    .default(false)
    .describe("Whether to tell that an operator drains the server, and the end of it."),
  timeout: duration({ atLeastMs: 100, atMostMs: 60_000 }).prefault("10s").describe("The deadline of one request."),
});

const repetition = () => ({
  repeatEvery: duration({ atLeastMs: 60_000 }).prefault("4h").describe("After how long what goes on is told again."),
  sendResolved: z.boolean().default(true).describe("Whether to tell that it is over."),
});

const headers = () =>
  z
    .record(
      z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, { error: "is no name of a header" }),
      z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, { error: "has a character that no header can hold" }),
    )
    .default({})
    .describe("Headers to send, such as `authorization`. Take tokens from the environment or from `file:/PATH`.");

const url = () =>
  secret().refine((text) => refersToFile(text) || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)), {
    error: "expected a URL with http:// or https://, or file:/PATH of a file that holds one",
  });

const robotUrl = (whose: string) =>
  url().describe(`The webhook's URL, as ${whose} shows it. Whoever has it can post: it is a secret.`);

/** The options of each type, beside those of every receiver. */
export const targetOptions = {
  webhook: () => ({
    ...repetition(),
    url: url().describe("Where the JSON goes."),
    secret: secret().optional().describe("The key of the signature, `whsec_…` or any text. Left out: not signed."),
    headers: headers(),
  }),
  alertmanager: () => ({
    url: url().describe("Alertmanager's base URL, without `/api/v2/alerts`."),
    headers: headers(),
    labels: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "is no name of a label" }), z.string())
      .default({})
      .describe("Labels to add, such as `cluster`."),
  }),
  slack: () => ({ ...repetition(), url: robotUrl("Slack") }),
  dingtalk: () => ({
    ...repetition(),
    url: robotUrl("DingTalk"),
    secret: secret().optional().describe("`SEC…`, where the robot asks for signatures."),
  }),
  wecom: () => ({ ...repetition(), url: robotUrl("WeCom") }),
  feishu: () => ({
    ...repetition(),
    url: robotUrl("Feishu (or Lark)"),
    secret: secret().optional().describe("Where the bot asks for signatures."),
  }),
  pagerduty: () => ({
    ...repetition(),
    routingKey: secret().describe("The integration key of a service, for the Events API v2."),
    url: url().default("https://events.pagerduty.com/v2/enqueue").describe("Where events go; the EU has another host."),
  }),
} as const satisfies Readonly<Record<AlertTarget["type"], () => Readonly<Record<string, z.ZodType>>>>;

/** Alertmanager repeats and resolves by itself, as long as it hears of an alert. */
const alertmanagerRefresh = { repeatEvery: 60_000, sendResolved: true } as const;

/** One schema a type, each giving what {@link AlertReceiver} says of it. */
const receivers = {
  webhook: () =>
    mapping({ ...receiverOptions(), ...targetOptions.webhook() }).transform(({ url, secret, headers, ...rest }) =>
      receiver(rest, { type: "webhook", url, ...(secret === undefined ? {} : { secret }), headers }),
    ),
  alertmanager: () =>
    mapping({ ...receiverOptions(), ...targetOptions.alertmanager() }).transform(({ url, headers, labels, ...rest }) =>
      receiver({ ...rest, ...alertmanagerRefresh }, { type: "alertmanager", url, headers, labels }),
    ),
  slack: () =>
    mapping({ ...receiverOptions(), ...targetOptions.slack() }).transform(({ url, ...rest }) =>
      receiver(rest, { type: "slack", url }),
    ),
  dingtalk: () =>
    mapping({ ...receiverOptions(), ...targetOptions.dingtalk() }).transform(({ url, secret, ...rest }) =>
      receiver(rest, { type: "dingtalk", url, ...(secret === undefined ? {} : { secret }) }),
    ),
  wecom: () =>
    mapping({ ...receiverOptions(), ...targetOptions.wecom() }).transform(({ url, ...rest }) =>
      receiver(rest, { type: "wecom", url }),
    ),
  feishu: () =>
    mapping({ ...receiverOptions(), ...targetOptions.feishu() }).transform(({ url, secret, ...rest }) =>
      receiver(rest, { type: "feishu", url, ...(secret === undefined ? {} : { secret }) }),
    ),
  pagerduty: () =>
    mapping({ ...receiverOptions(), ...targetOptions.pagerduty() }).transform(({ url, routingKey, ...rest }) =>
      receiver(rest, { type: "pagerduty", url, routingKey }),
    ),
} as const;

type Given = z.output<z.ZodObject<ReturnType<typeof receiverOptions> & ReturnType<typeof repetition>>>;

/** Units move into the names. */
function receiver(given: Given, target: AlertTarget): Omit<AlertReceiver, "name"> {
  const { after, severity, components, sendResolved, draining } = given;
  return {
    rule: {
      after,
      forMs: given.for,
      keepFiringForMs: given.keepFiringFor,
      repeatEveryMs: given.repeatEvery,
      severity,
      ...(components === undefined ? {} : { components }),
      sendResolved,
      draining,
    },
    target,
    timeoutMs: given.timeout,
  };
}

/** `alerts`, as given. */
export function readAlerts(given: unknown): Found<readonly AlertReceiver[]> {
  if (given === undefined) return { value: [], problems: [] };
  if (!isMapping(given)) {
    return { value: [], problems: [valueProblem(["alerts"], "expected a mapping of names to receivers")] };
  }
  const value: AlertReceiver[] = [];
  const problems: Problem[] = [];
  for (const [name, options] of Object.entries(given)) {
    const found = readReceiver(name, options);
    problems.push(...found.problems);
    if (found.value !== undefined) value.push(found.value);
  }
  return { value, problems };
}

function readReceiver(name: string, given: unknown): Found<AlertReceiver | undefined> {
  const path = ["alerts", name];
  const fail = (...problems: readonly Problem[]) => ({ value: undefined, problems });
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(name)) {
    return fail(keyProblem(path, "the name of a receiver has only letters, digits, _, . and -, 100 at most"));
  }
  if (!isMapping(given))
    return fail(valueProblem(path, "expected a mapping with the receiver's `type` and its options"));
  const { type } = given;
  if (!isType(type)) return fail(typeProblem(type, path));
  const parsed = receivers[type]().safeParse(given, parseOptions);
  return parsed.success
    ? { value: { name, ...parsed.data }, problems: [] }
    : fail(...problemsOf(parsed.error.issues, path));
}

const isType = (type: unknown): type is AlertTarget["type"] =>
  typeof type === "string" && Object.hasOwn(targetOptions, type);

function typeProblem(given: unknown, path: readonly string[]): Problem {
  const known = Object.keys(targetOptions);
  if (typeof given === "string") return valueProblem([...path, "type"], unknownWord("type of receiver", given, known));
  return valueProblem([...path, "type"], `expected the type of the receiver, one of ${known.join(", ")}`);
}
