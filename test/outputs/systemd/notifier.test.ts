import { beforeEach, describe, expect, it } from "vitest";
import type { CheckEntry } from "../../../src/core/component.js";
import { Registry } from "../../../src/core/registry.js";
import type { Verdict } from "../../../src/core/status.js";
import { nextCheckState } from "../../../src/core/transition.js";
import { createNotifier, type Notifier } from "../../../src/outputs/systemd/notifier.js";
import { ManualClock } from "../../support/manual-clock.js";

function entry(check: string, status: Verdict, message: string): CheckEntry {
  const thresholds = { failureThreshold: 1, successThreshold: 1 };
  const state = nextCheckState(undefined, { status, reason: `${check}_${status}`, message }, thresholds, 0);
  return { check, type: "test", state };
}

describe("createNotifier", () => {
  let clock: ManualClock;
  let registry: Registry;
  let messages: string[];
  let notifier: Notifier;

  beforeEach(() => {
    clock = new ManualClock(1234.5678);
    registry = new Registry(clock);
    registry.define([
      { name: "readiness", critical: ["model"], optional: [], carriesTraffic: true },
      { name: "liveness", critical: ["loop"], optional: [], carriesTraffic: false },
    ]);
    messages = [];
    const send = (message: string): void => void messages.push(message);
    notifier = createNotifier({ registry, clock, send, watchdogMs: 10_000 });
  });

  const model = (status: Verdict, message = "it says so"): void =>
    registry.publish("model", [entry("model", status, message)]);
  const loop = (status: Verdict): void => registry.publish("loop", [entry("loop", status, "the loop")]);

  it("says when it is ready, and then every change of readiness once", () => {
    model("healthy");
    expect(messages).toEqual([]);
    notifier.ready();
    model("unhealthy");
    model("unhealthy", "it says so in other words");
    model("degraded");
    model("healthy");
    notifier.stop();
    model("unhealthy");
    expect(messages).toEqual([
      "READY=1\nSTATUS=ready",
      "STATUS=not ready: model_unhealthy: it says so",
      "STATUS=ready, but degraded: model_degraded: it says so",
      "STATUS=ready",
    ]);
  });

  it("keeps the status in one line of bounded length, whatever a check says", () => {
    model("unhealthy", `down\nREADY=1\r\u2028MAINPID=1 ${"x".repeat(5000)}`);
    notifier.ready();
    const [message = ""] = messages;
    expect(message.split("\n").map((line) => line.split("=")[0])).toEqual(["READY", "STATUS"]);
    expect(message).toContain("down READY=1 MAINPID=1 xxx");
    expect(message.length).toBeLessThan(450);
  });

  it("gives signs of life at half of the watchdog's time, only while the process is well", () => {
    loop("healthy");
    notifier.ready();
    messages.length = 0;
    clock.advance(4999);
    expect(messages).toEqual([]);
    clock.advance(1);
    expect(messages).toEqual(["WATCHDOG=1"]);
    loop("unhealthy");
    clock.advance(60_000);
    expect(messages).toEqual(["WATCHDOG=1"]);
    loop("degraded");
    clock.advance(5000);
    expect(messages).toEqual(["WATCHDOG=1", "WATCHDOG=1"]);
    notifier.stop();
    clock.advance(60_000);
    expect(messages).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it("gives no sign of life before the process was found well", () => {
    notifier.ready();
    clock.advance(20_000);
    expect(messages.slice(1)).toEqual([]);
  });

  it("goes on giving signs of life while it shuts down", () => {
    loop("healthy");
    notifier.ready();
    registry.shutdown("SIGTERM");
    notifier.stopping();
    messages.length = 0;
    clock.advance(5000);
    expect(messages).toEqual(["WATCHDOG=1"]);
  });

  it("encloses a reload, also one that fails", async () => {
    model("healthy");
    notifier.ready();
    messages.length = 0;
    await notifier.duringReload(async () => model("unhealthy"));
    await expect(notifier.duringReload(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const status = "STATUS=not ready: model_unhealthy: it says so";
    expect(messages).toEqual([
      "RELOADING=1\nMONOTONIC_USEC=1234567",
      status,
      `READY=1\n${status}`,
      "RELOADING=1\nMONOTONIC_USEC=1234567",
      `READY=1\n${status}`,
    ]);
  });

  it("says that it stops, and why it is not ready", () => {
    notifier.ready();
    messages.length = 0;
    registry.shutdown("the server is shutting down (SIGTERM)");
    notifier.stopping();
    expect(messages.at(-1)).toBe("STOPPING=1\nSTATUS=not ready: shutting_down: the server is shutting down (SIGTERM)");
  });
});
