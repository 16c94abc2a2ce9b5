import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readAlerts } from "../../src/config/alerts-section.js";
import { formatConfigurationError, loadConfiguration } from "../../src/config/load.js";
import { formatPath } from "../../src/config/problem.js";
import { inRepository } from "../e2e/support/paths.js";

const url = "https://hooks.example/secret-path";
const problemsOf = (given: unknown): readonly string[] =>
  readAlerts(given).problems.map(({ path, message }) => `${formatPath(path)}: ${message}`);

describe("alerts", () => {
  it("fills in defaults, and gives milliseconds", () => {
    expect(readAlerts({ chat: { type: "slack", url, for: "1m", components: ["inference"] } })).toEqual({
      value: [
        {
          name: "chat",
          rule: {
            after: 3,
            forMs: 60_000,
            keepFiringForMs: 30_000,
            repeatEveryMs: 14_400_000,
            severity: "warning",
            components: ["inference"],
            sendResolved: true,
            draining: false,
          },
          target: { type: "slack", url },
          timeoutMs: 10_000,
        },
      ],
      problems: [],
    });
  });

  it("knows every type", () => {
    const targets = {
      webhook: { url, secret: "s3cret", headers: { authorization: "Bearer x" } },
      alertmanager: { url, labels: { cluster: "a" } },
      slack: { url: "file:/run/secrets/slack" },
      dingtalk: { url, secret: "SECx" },
      wecom: { url },
      feishu: { url, secret: "x" },
      pagerduty: { routingKey: "key" },
    };
    const given = Object.fromEntries(Object.entries(targets).map(([type, options]) => [type, { type, ...options }]));
    const { value, problems } = readAlerts(given);
    expect(problems).toEqual([]);
    expect(value.map(({ target }) => target)).toEqual([
      { type: "webhook", ...targets.webhook },
      { type: "alertmanager", headers: {}, ...targets.alertmanager },
      { type: "slack", ...targets.slack },
      { type: "dingtalk", ...targets.dingtalk },
      { type: "wecom", url },
      { type: "feishu", ...targets.feishu },
      { type: "pagerduty", url: "https://events.pagerduty.com/v2/enqueue", routingKey: "key" },
    ]);
    // Alertmanager repeats and resolves by itself.
    expect(value[1]?.rule).toMatchObject({ repeatEveryMs: 60_000, sendResolved: true });
  });

  it("says what is wrong, where, and what is meant instead", () => {
    expect(problemsOf("slack")).toEqual(["alerts: expected a mapping of names to receivers"]);
    expect(problemsOf({ a: { type: "slak", url } })).toEqual([
      'alerts.a.type: unknown type of receiver "slak": did you mean slack?',
    ]);
    expect(problemsOf({ a: { url } })).toEqual([
      "alerts.a.type: expected the type of the receiver, one of webhook, alertmanager, slack, dingtalk, wecom, feishu, pagerduty",
    ]);
    expect(problemsOf({ a: { type: "slack", url, afetr: 3 } })).toEqual([
      'alerts.a.afetr: unknown key "afetr": did you mean after?',
    ]);
    expect(problemsOf({ "a b": { type: "slack", url } })).toEqual([
      expect.stringContaining("the name of a receiver has only"),
    ]);
    expect(problemsOf({ a: { type: "alertmanager", url, repeatEvery: "1h" } })).toEqual([
      expect.stringContaining("alerts.a.repeatEvery: unknown key"),
    ]);
    expect(problemsOf({ a: { type: "webhook", url, headers: { "x y": "z" } } })).toHaveLength(1);
    expect(problemsOf({ a: { type: "pagerduty" } })).toEqual([expect.stringContaining("alerts.a.routingKey: missing")]);
  });

  it("shows no secret that is wrong", () => {
    const wrong = "hooks.example/T000/secret-path";
    const problems = problemsOf({ a: { type: "slack", url: wrong }, b: { type: "webhook", url, secret: 12345678 } });
    expect(problems).toEqual([
      "alerts.a.url: expected a URL with http:// or https://, or file:/PATH of a file that holds one",
      "alerts.b.secret: expected a text (digits alone need quotes)",
    ]);
  });
});

describe("docs/alerts.md", () => {
  const examples = [...readFileSync(inRepository("docs/alerts.md"), "utf8").matchAll(/```yaml\n(.*?)```/gs)];
  const environment = new Proxy<Record<string, string>>(
    {},
    { get: (_, name) => `https://hooks.example/${String(name)}` },
  );

  it.each(examples.map(([, text = ""]) => [text.trim().split("\n").slice(0, 2).join(" "), text]))("%s", (_, text) => {
    const loaded = loadConfiguration(text, "alerts.md", environment);
    expect(loaded.ok ? [] : loaded.errors.map(formatConfigurationError)).toEqual([]);
  });

  it("has an example of each type", () => {
    const types = examples.map(([, text = ""]) => /type: (\w+)/.exec(text)?.[1]);
    expect(types.slice(1)).toEqual(["webhook", "alertmanager", "slack", "dingtalk", "wecom", "feishu", "pagerduty"]);
  });
});
