import { beforeEach, describe, expect, it } from "vitest";
import type { AlertReceiver } from "../../../src/core/alerting.js";
import type { NoticeKind } from "../../../src/outputs/alerts/decision.js";
import { Delivery } from "../../../src/outputs/alerts/delivery.js";
import type { Answer } from "../../../src/outputs/alerts/transport.js";
import { ManualClock } from "../../support/manual-clock.js";
import { problem, receiver } from "./problems.js";

const url = "http://ops.example/hook";
const webhook = receiver({ type: "webhook", url, headers: {} });

/** Lets promises that wait for each other finish. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

describe("Delivery", () => {
  let clock: ManualClock;
  /** What each request is answered, in order; 200 after that. `hang` only ends when it is aborted. */
  let answers: (number | "hang" | "refuse" | Answer)[];
  let requests: { readonly atMs: number; readonly id: string | undefined; readonly keys: readonly string[] }[];
  let log: string[];
  beforeEach(() => {
    clock = new ManualClock();
    [answers, requests, log] = [[], [], []];
  });

  function deliver(to: AlertReceiver = webhook): Delivery {
    let ids = 0;
    return new Delivery(to, {
      clock,
      host: "node-1",
      random: () => 0,
      newId: () => {
        ids += 1;
        return `id-${ids}`;
      },
      log: {
        sent: (_, { problem }) => log.push(`sent ${problem.key}`),
        failing: (_, message) => log.push(`failing: ${message}`),
        recovered: () => log.push("recovered"),
        lost: (_, notices, message) => log.push(`lost ${notices.map(({ problem }) => problem.key)}: ${message}`),
      },
      transport: {
        resolve: async (text) => text,
        withoutSecrets: (text) => text,
        post(request, signal) {
          const body = JSON.parse(request.body) as unknown;
          const keys = Array.isArray(body)
            ? body.map(({ labels }: { labels: { problem: string } }) => labels.problem)
            : [(body as { key: string }).key];
          requests.push({ atMs: clock.nowMs(), id: request.headers["webhook-id"], keys });
          const answer = answers.shift() ?? 200;
          if (answer === "refuse") return Promise.reject(new Error("the connection was refused"));
          if (answer === "hang") {
            return new Promise((_, reject) =>
              signal.addEventListener("abort", () => reject(new Error("no answer in time"))),
            );
          }
          return Promise.resolve(typeof answer === "number" ? { status: answer, headers: {}, body: "" } : answer);
        },
      },
    });
  }

  const notice = (key = "cache", kind: NoticeKind = "firing") => ({ kind, problem: problem({ key }) });
  const keys = () => requests.flatMap((request) => request.keys);

  /** Passes time in small steps, with everything that follows from each. */
  async function pass(durationMs: number, stepMs = 500): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
      clock.advance(stepMs);
      await settled();
    }
  }

  it("sends one after the other, and counts", async () => {
    const delivery = deliver();
    delivery.push([notice("a"), notice("b")]);
    await settled();
    expect(keys()).toEqual(["a", "b"]);
    expect(delivery.status()).toEqual({ receiver: "ops", type: "webhook", queued: 0, sent: 2, failed: 0, dropped: 0 });
    expect(log).toEqual(["sent a", "sent b"]);
    expect(clock.pending).toBe(0);
  });

  it("tries again with growing waits, under the same id, and says once that it fails and that it works again", async () => {
    answers = ["refuse", 503, 500, 200];
    const delivery = deliver();
    delivery.push([notice()]);
    await settled();
    await pass(10_000);
    expect(requests.map(({ atMs, id }) => [atMs, id])).toEqual([
      [0, "id-1"],
      [1000, "id-1"],
      [3000, "id-1"],
      [7000, "id-1"],
    ]);
    expect(log).toEqual(["failing: the connection was refused", "recovered", "sent cache"]);
    expect(delivery.status()).toMatchObject({ sent: 1, failed: 0 });
    expect(delivery.status()).not.toHaveProperty("lastError");
  });

  it("waits as long as a receiver asks for, and tells what is new meanwhile afterwards", async () => {
    answers = [{ status: 429, headers: { "retry-after": "30" }, body: "" }];
    const delivery = deliver();
    delivery.push([notice("a")]);
    await pass(5000);
    delivery.push([notice("b")]);
    await pass(24_500);
    expect(requests).toHaveLength(1);
    expect(delivery.status()).toMatchObject({ queued: 2, lastError: { message: "it answered 429" } });
    await pass(1000);
    expect(keys()).toEqual(["a", "a", "b"]);
  });

  it("does not try again what is refused, and goes on with the next", async () => {
    answers = [400];
    const delivery = deliver();
    delivery.push([notice("a"), notice("b")]);
    await pass(120_000);
    expect(keys()).toEqual(["a", "b"]);
    expect(delivery.status()).toMatchObject({ sent: 1, failed: 1 });
    expect(log).toEqual(["failing: it answered 400", "lost a: it answered 400", "recovered", "sent b"]);
  });

  it("gives up after many attempts", async () => {
    answers = Array(50).fill("refuse");
    const delivery = deliver();
    delivery.push([notice()]);
    await pass(3_600_000, 60_000);
    expect(requests).toHaveLength(12);
    expect(delivery.status()).toMatchObject({
      failed: 1,
      queued: 0,
      lastError: { message: "the connection was refused" },
    });
    expect(clock.pending).toBe(0);
  });

  it("ends a request that hangs at its deadline, and tells nothing that is over by then twice", async () => {
    answers = ["hang", "hang"];
    const delivery = deliver();
    delivery.push([notice()]);
    await pass(9500);
    expect(delivery.status()).not.toHaveProperty("lastError");
    delivery.push([notice("cache", "resolved")]);
    await pass(60_000);
    expect(requests.map(({ id }) => id)).toEqual(["id-1", "id-2", "id-2"]);
    expect(log.at(-1)).toBe("sent cache");
    expect(clock.pending).toBe(0);
  });

  it("keeps to the pace of the service", async () => {
    answers = Array(50).fill({ status: 200, headers: {}, body: '{"errcode":0}' });
    const delivery = deliver(receiver({ type: "dingtalk", url }));
    delivery.push(Array.from({ length: 50 }, (_, index) => notice(`a${index}`)));
    await settled();
    for (const sent of [20, 40, 50]) {
      await pass(59_000);
      expect(requests).toHaveLength(sent);
      await pass(1000);
    }
    expect(delivery.status()).toMatchObject({ sent: 50, queued: 0, dropped: 0 });
  });

  it("says several alerts in one request where the service takes them", async () => {
    deliver(receiver({ type: "alertmanager", url, headers: {}, labels: {} })).push(
      Array.from({ length: 70 }, (_, index) => notice(`a${index}`)),
    );
    await settled();
    expect(requests.map((request) => request.keys.length)).toEqual([64, 6]);
  });

  it("drops what is needed least where a receiver is down for long", async () => {
    answers = Array(500).fill("refuse");
    const delivery = deliver();
    delivery.push(Array.from({ length: 300 }, (_, index) => notice(`a${index}`)));
    await pass(2000);
    expect(delivery.status()).toMatchObject({ queued: 200, sent: 0 });
    expect(delivery.status().dropped).toBeGreaterThanOrEqual(99);
  });

  it("gives what waits one attempt when it stops", async () => {
    answers = ["refuse", "refuse", 200];
    const delivery = deliver();
    delivery.push([notice("a"), notice("b")]);
    await settled();
    const stopped = delivery.stop(3000);
    await settled();
    await stopped;
    expect(keys()).toEqual(["a", "a", "b"]);
    expect(delivery.status()).toMatchObject({ sent: 1, failed: 1, queued: 0 });
    expect(clock.pending).toBe(0);
  });

  it("stops in time where a receiver hangs", async () => {
    answers = ["hang"];
    const delivery = deliver();
    delivery.push([notice("a"), notice("b")]);
    await settled();
    const stopped = delivery.stop(3000);
    await pass(3000);
    await stopped;
    expect(keys()).toEqual(["a"]);
    expect(delivery.status()).toMatchObject({ failed: 1, dropped: 1, queued: 0 });
    expect(clock.pending).toBe(0);
  });
});
