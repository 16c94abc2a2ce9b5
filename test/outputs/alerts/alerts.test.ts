import { beforeEach, describe, expect, it } from "vitest";
import type { AlertReceiver } from "../../../src/core/alerting.js";
import { Registry } from "../../../src/core/registry.js";
import type { Verdict } from "../../../src/core/status.js";
import { type CheckState, nextCheckState } from "../../../src/core/transition.js";
import { Alerts } from "../../../src/outputs/alerts/alerts.js";
import { ManualClock } from "../../support/manual-clock.js";
import { receiver, rule } from "./problems.js";

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

const target = (host: string) => ({ type: "webhook", url: `http://${host}/hook`, headers: {} }) as const;
const ops = receiver(target("ops.example"), { name: "ops", rule: { ...rule, after: 2 } });
const chat = receiver(target("chat.example"), { name: "chat" });

describe("Alerts", () => {
  let clock: ManualClock;
  let registry: Registry;
  let state: CheckState | undefined;
  let told: string[];
  const hanging = new Set<string>();
  beforeEach(() => {
    clock = new ManualClock();
    registry = new Registry(clock);
    registry.define([{ name: "inference", critical: ["model"], optional: [], carriesTraffic: true }]);
    state = undefined;
    told = [];
    hanging.clear();
  });

  function alertsTo(...receivers: readonly AlertReceiver[]): Alerts {
    const nothing = () => {};
    return new Alerts({
      registry,
      clock,
      receivers,
      host: "node-1",
      random: () => 0,
      newId: () => "id",
      log: { sent: nothing, failing: nothing, recovered: nothing, lost: nothing },
      transport: {
        resolve: async (text) => text,
        withoutSecrets: (text) => text,
        async post({ url, body }) {
          const { host } = new URL(url);
          if (hanging.has(host)) return new Promise(() => {});
          const { event, key } = JSON.parse(body) as { readonly event: string; readonly key: string };
          told.push(`${host}: ${event} ${key}`);
          return { status: 200, headers: {}, body: "" };
        },
      },
    });
  }

  /** Answers of the check, one each second. */
  async function answer(...statuses: readonly Verdict[]): Promise<void> {
    for (const status of statuses) {
      const result = { status, reason: status === "healthy" ? "ok" : "timeout", message: `it is ${status}` };
      state = nextCheckState(state, result, { failureThreshold: 2, successThreshold: 1 }, clock.nowMs());
      registry.publish("model", [{ check: "model", type: "http", state }]);
      clock.advance(1000);
      await settled();
    }
  }

  const well = (seconds: number) => answer(...Array<Verdict>(seconds).fill("healthy"));
  const ill = (seconds: number) => answer(...Array<Verdict>(seconds).fill("unhealthy"));

  it("tells each receiver by its own rule, and each once", async () => {
    const alerts = alertsTo(ops, chat);
    alerts.start();
    await well(3);
    await ill(2);
    expect(told).toEqual(["ops.example: firing model"]);
    await ill(20);
    expect(told).toEqual(["ops.example: firing model", "chat.example: firing model"]);
    expect(alerts.deliveries()).toMatchObject([
      { receiver: "ops", firing: 1, sent: 1 },
      { receiver: "chat", firing: 1, sent: 1 },
    ]);
    await well(40);
    expect(told.slice(2)).toEqual(["ops.example: resolved model", "chat.example: resolved model"]);
    expect(alerts.deliveries()[0]).toMatchObject({ firing: 0, sent: 2 });
  });

  it("remembers through a reload what it told, and forgets receivers that are gone", async () => {
    const alerts = alertsTo(ops, chat);
    alerts.start();
    await ill(5);
    alerts.reconfigure([{ ...ops, target: target("new.example"), rule: { ...ops.rule, after: 1 } }]);
    await ill(5);
    await well(40);
    expect(told).toEqual(["ops.example: firing model", "chat.example: firing model", "new.example: resolved model"]);
    expect(alerts.deliveries().map((each) => each.receiver)).toEqual(["ops"]);
  });

  it("tells a receiver that is new what goes on", async () => {
    const alerts = alertsTo();
    alerts.start();
    await ill(5);
    expect(clock.pending).toBe(0);
    alerts.reconfigure([chat]);
    await ill(1);
    expect(told).toEqual(["chat.example: firing model"]);
  });

  it("tells the others while one hangs", async () => {
    hanging.add("ops.example");
    const alerts = alertsTo(ops, chat);
    alerts.start();
    await ill(5);
    await well(35);
    expect(told).toEqual(["chat.example: firing model", "chat.example: resolved model"]);
  });

  it("says a check that is gone is over", async () => {
    const alerts = alertsTo(ops);
    alerts.start();
    await ill(3);
    registry.forget("model");
    clock.advance(60_000);
    await settled();
    expect(told.at(-1)).toBe("ops.example: resolved model");
  });

  it("says nothing once it has stopped", async () => {
    const alerts = alertsTo(ops);
    alerts.start();
    await alerts.stop(1000);
    await ill(10);
    expect(told).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("says nothing of what fails while the server shuts down", async () => {
    const alerts = alertsTo(ops);
    alerts.start();
    registry.shutdown("SIGTERM");
    await ill(10);
    expect(told).toEqual([]);
  });
});
