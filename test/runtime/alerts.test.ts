import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AlertTarget } from "../../src/core/alerting.js";
import { systemClock } from "../../src/core/clock.js";
import type { Message } from "../../src/outputs/alerts/formats/message.js";
import { send } from "../../src/outputs/alerts/send.js";
import { alertTransport } from "../../src/runtime/alerts.js";
import { temporaryFile } from "../e2e/support/program.js";
import { problem } from "../outputs/alerts/problems.js";
import { AlertReceivers, paths, targetsAt } from "../support/alert-receivers.js";

const message = (more: Partial<Message> = {}): Message => ({
  ...problem(),
  kind: "firing",
  id: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
  host: "node-1",
  ...more,
});

const types = Object.keys(paths) as AlertTarget["type"][];

describe("sending alerts", () => {
  let receivers: AlertReceivers;
  let targets: ReturnType<typeof targetsAt>;
  beforeAll(async () => {
    receivers = await AlertReceivers.listen();
    targets = targetsAt(receivers.base);
  });
  afterAll(() => receivers.close());
  beforeEach(() => {
    receivers.received.length = 0;
  });

  const sendTo = (target: AlertTarget, given: Message = message(), signal = new AbortController().signal) =>
    send([given], target, alertTransport(systemClock), systemClock, signal);

  describe.each(types)("to %s", (type) => {
    it("is taken: firing and resolved, with all that a person needs", async () => {
      expect(await sendTo(targets[type])).toEqual({ kind: "accepted" });
      expect(await sendTo(targets[type], message({ kind: "resolved" }))).toEqual({ kind: "accepted" });
      const [firing] = receivers.received;
      const text = JSON.stringify(firing?.body);
      expect(text).toContain("inference");
      expect(text).toContain("connection_refused");
      expect(text).toContain("2026-01-01T00:00:00.000Z");
      expect(text).toContain("see whether the program is running");
      expect(text).toContain("https://wiki.example/cache");
      expect(text).toContain("node-1");
      expect(text).toContain("unhealthy");
    });

    it("keeps within the limits of the service, whatever the check says", async () => {
      const long = '磁盘 "quoted" <@everyone> <at user_id="all"></at> & \u202e\u0007'.repeat(3000);
      const endless = message({
        message: long,
        remedy: long,
        reason: "r".repeat(400),
        key: "k".repeat(400),
        components: Array.from({ length: 500 }, (_, index) => `component-${index}`),
      });
      // The generic one and Alertmanager have no limit.
      expect(await sendTo(targets[type], endless)).toEqual({ kind: "accepted" });
      const text = JSON.stringify(receivers.received[0]?.body);
      if (["slack", "dingtalk", "wecom", "feishu"].includes(type)) expect(text).not.toMatch(/\u202e|\\u0007/);
      if (type === "slack") expect(text).not.toContain("<@");
      if (type === "wecom") expect(text).not.toContain("<@");
    });

    it("says why it is refused, without any secret", async () => {
      const secrets = ["hunter2-token", "XXXXXXXXXXXX", "dingtalk-access-token", "wecom-robot-key", "feishu-bot-token"];
      receivers.overrides.push({
        status: 403,
        body: `no: ${secrets.join(" ")} ${paths[type]} R0UT1NGKEY0123456789ABCDEFGHIJKL`,
      });
      const outcome = await sendTo(targets[type]);
      expect(outcome).toMatchObject({ kind: "refused", message: expect.stringMatching(/^it answered 403: no: /) });
      const own = secretsOf(targets[type]);
      for (const secret of own) expect(JSON.stringify(outcome)).not.toContain(secret);
    });

    it("says why it cannot be reached, without any secret", async () => {
      const closed = targetsAt("http://127.0.0.1:1")[type];
      const outcome = await sendTo(closed);
      expect(outcome).toMatchObject({
        kind: "unavailable",
        message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1: the connection was refused/),
      });
      for (const secret of secretsOf(closed)) expect(JSON.stringify(outcome)).not.toContain(secret);
    });
  });

  function secretsOf(target: AlertTarget): readonly string[] {
    const url = new URL(target.url);
    const inUrl = [...url.searchParams.values(), ...url.pathname.split("/").filter((part) => part.length >= 10)];
    const keys = target.type === "pagerduty" ? [target.routingKey] : "secret" in target ? [target.secret ?? ""] : [];
    return [...inUrl, ...keys, ...(target.type === "webhook" ? ["hunter2-token"] : [])].filter((each) => each !== "");
  }

  it("refuses a wrong signature, as the services do", async () => {
    const wrong = { ...targets.dingtalk, secret: "SECwrong" } as AlertTarget;
    expect(await sendTo(wrong)).toMatchObject({ kind: "refused", message: expect.stringContaining("sign not match") });
    const feishu = { ...targets.feishu, secret: "wrong" } as AlertTarget;
    expect(await sendTo(feishu)).toMatchObject({ kind: "refused", message: expect.stringContaining("19021") });
    const webhook = { ...targets.webhook, secret: "whsec_d3Jvbmc=" } as AlertTarget;
    expect(await sendTo(webhook)).toMatchObject({ kind: "refused", message: expect.stringContaining("401") });
  });

  it("gives Alertmanager an end that is later than the next message, and the end of what is over", async () => {
    const startedAtMs = Date.now();
    await sendTo(targets.alertmanager);
    await sendTo(targets.alertmanager, message({ kind: "resolved" }));
    const ends = receivers.received
      .flatMap(({ body }) => body as { readonly endsAt: string }[])
      .map(({ endsAt }) => Date.parse(endsAt) - startedAtMs);
    expect(ends[0]).toBeGreaterThanOrEqual(240_000);
    expect(ends[1]).toBeLessThan(60_000);
  });

  it("makes a link of the runbook for Slack, and of nothing else", async () => {
    await sendTo(targets.slack, message({ message: "see <https://evil.example|here>" }));
    const text = JSON.stringify(receivers.received[0]?.body);
    expect(text).toContain("runbook: <https://wiki.example/cache>");
    expect(text).toContain("see &lt;https://evil.example|here&gt;");
  });

  it("heeds Retry-After", async () => {
    receivers.overrides.push({ status: 429, body: "rate_limited", headers: { "retry-after": "30" } });
    expect(await sendTo(targets.slack)).toEqual({
      kind: "unavailable",
      message: "it answered 429: rate_limited",
      waitMs: 30_000,
    });
  });

  it("gives up a receiver that hangs when it is told to", async () => {
    const hanging = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => hanging.once("listening", resolve));
    const address = hanging.address();
    const port = typeof address === "object" ? address?.port : 0;
    const abort = new AbortController();
    hanging.once("connection", () => abort.abort());
    const target = targetsAt(`http://127.0.0.1:${port}`).slack;
    expect(await sendTo(target, message(), abort.signal)).toMatchObject({ kind: "unavailable" });
    hanging.close();
  });

  it("does not read an endless answer", async () => {
    receivers.overrides.push({ status: 200, body: "x".repeat(20 * 2 ** 20) });
    expect(await sendTo(targets.slack)).toEqual({ kind: "accepted" });
  });

  it("takes secrets from files, anew each time", async () => {
    const path = temporaryFile("slack-url", `${targets.slack.url}\n`);
    const target: AlertTarget = { type: "slack", url: `file:${path}` };
    expect(await sendTo(target)).toEqual({ kind: "accepted" });
    writeFileSync(path, "not a URL, but secret-enough\n");
    const outcome = await sendTo(target);
    expect(outcome.kind).toBe("unavailable");
    expect(JSON.stringify(outcome)).not.toContain("secret-enough");
    expect(await sendTo({ ...target, url: "file:/nowhere/at/all" })).toMatchObject({
      message: expect.stringContaining("/nowhere/at/all cannot be read"),
    });
  });
});
