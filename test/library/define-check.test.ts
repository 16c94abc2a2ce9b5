import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { Sampler } from "../../src/gpu/sampler.js";
import {
  CheckError,
  createHealth,
  defineCheck,
  duration,
  healthy,
  mapping,
  present,
  type Result,
} from "../../src/index.js";

const queue: { length: number } = { length: 0 };

const queueLength = defineCheck({
  type: "queue-length",
  summary: "Fewer jobs wait than may.",
  options: () => mapping({ max: z.int().min(1).default(10), patience: duration().prefault("1m") }),
  schedule: { failureThreshold: 1 },
  readings: {
    waiting: { metric: "queue_waiting", unit: "count", help: "Jobs that wait." },
  },
  create: ({ max, patience }, { clock }) => {
    const createdAtMs = clock.nowMs();
    return {
      run() {
        if (queue.length < 0) throw new CheckError({ reason: "queue_gone", message: "there is no queue any more" });
        const readings = { waiting: present(queue.length) };
        if (queue.length <= max) return healthy(`${queue.length} jobs wait`, readings);
        const message = `${queue.length} jobs wait, ${max} may; patience is ${patience - (createdAtMs % 1)} ms`;
        return { status: "unhealthy", reason: "queue_full", message, readings };
      },
    };
  },
});

describe("defineCheck", () => {
  it("makes a type that a configuration can name, with its options and metrics", async () => {
    queue.length = 2;
    const health = await createHealth({
      checkTypes: [queueLength],
      config: {
        gpu: { mode: "off" },
        checks: { jobs: { type: "queue-length", max: 3, interval: "100ms" } },
        components: { worker: { critical: ["jobs"] } },
      },
    });
    onTestFinished(() => health.close());
    await expect.poll(() => health.get("worker")?.status).toBe("healthy");
    expect((await health.metrics()).body).toContain('gpu_health_queue_waiting{check="jobs"} 2');
    queue.length = 4;
    await expect.poll(() => health.get("worker")?.reason).toBe("queue_full");
    expect(health.get("worker")?.message).toContain("4 jobs wait, 3 may");
    queue.length = -1;
    await expect.poll(() => health.get("worker")?.reason).toBe("queue_gone");
  });

  it("checks the options as it does those of built-in types", async () => {
    const config = { checks: { jobs: { type: "queue-length", macs: 3, patience: "5" } } };
    await expect(createHealth({ checkTypes: [queueLength], config })).rejects.toMatchObject({
      problems: [
        'checks.jobs.macs: unknown key "macs": did you mean max?',
        "checks.jobs.patience: 5 has no unit: write 5s, for instance",
      ],
    });
  });

  it("keeps a type of one instance from another", async () => {
    const config = { checks: { jobs: { type: "queue-length" } } };
    await expect(createHealth({ config })).rejects.toThrow('unknown check type "queue-length"');
  });

  it("refuses a type that was not made with it", async () => {
    const bare = createHealth({ checkTypes: [{ type: "bare", summary: "Nothing more." }] });
    await expect(bare).rejects.toThrow('the check type "bare" was not made with defineCheck');
  });

  it("refuses two types of one name", async () => {
    const twice = createHealth({ checkTypes: [queueLength, queueLength] });
    await expect(twice).rejects.toThrow('there are two check types "queue-length"');
  });

  it("lets no result have a reading that is not declared", () => {
    defineCheck({
      type: "typed",
      summary: "What TypeScript refuses.",
      options: () => mapping({ max: z.int() }),
      readings: { used: { metric: "used", unit: "bytes", help: "In use." } },
      create: (options) => ({
        run: () => {
          // @ts-expect-error max is a number
          const max: string = options.max;
          return { status: "healthy", reason: max, message: "", readings: { used: present(1) } };
        },
      }),
    });
    defineCheck({
      type: "typed",
      summary: "What TypeScript refuses.",
      options: () => mapping({}),
      readings: { used: { metric: "used", unit: "bytes", help: "In use." } },
      // @ts-expect-error free is no reading of it
      create: () => ({ run: () => ({ status: "healthy", reason: "ok", message: "", readings: { free: present(1) } }) }),
    });
  });

  const told = (what: string) => `the check itself failed: its answer is no result: ${what}`;
  it.each<[string, unknown, string]>([
    ["nothing", undefined, told("Invalid input: expected object, received undefined")],
    ["a word", "healthy", told("Invalid input: expected object, received string")],
    ["a status of gRPC", { status: "SERVING", reason: "ok", message: "" }, told("status: Invalid option: expected")],
    ["no reason", { status: "unhealthy", message: "" }, told("reason: Invalid input: expected string")],
    [
      "ok as the reason",
      { status: "degraded", reason: "ok", message: "" },
      told("reason: ok is for healthy: say what"),
    ],
    [
      "a sentence as the reason",
      { status: "unhealthy", reason: "Too slow", message: "" },
      told("reason: must be snake_"),
    ],
    ["an object as the message", { status: "unhealthy", reason: "slow", message: {} }, told("message: Invalid input")],
    [
      "a reading that is not declared",
      { ...healthy(""), readings: { waitin: present(1) } },
      told('readings: Unrecognized key: "waitin"'),
    ],
    [
      "a number that is none",
      { ...healthy(""), readings: { waiting: present(Number.NaN) } },
      told("readings: waiting: "),
    ],
    ["a bare number", { ...healthy(""), readings: { waiting: 5 } }, told("readings: waiting: ")],
    ["a list with nothing in it", [null], told("0: Invalid input: expected object, received null")],
    ["what has a circle", { ...healthy(""), metadata: { process } }, told("metadata: process: Invalid input")],
  ])("takes %s for a failure of the check, at once and later", async (_, answer, message) => {
    const answers = (type: string, run: () => unknown) =>
      defineCheck({
        type,
        summary: "What no type allows.",
        options: () => mapping({}),
        readings: { waiting: { metric: "queue_waiting", unit: "count", help: "Jobs that wait." } },
        create: () => ({ run: run as () => never }),
      });
    const health = await createHealth({
      checkTypes: [answers("now", () => answer), answers("later", async () => answer)],
      config: {
        gpu: { mode: "off" },
        checks: { now: { type: "now" }, later: { type: "later" } },
        components: { now: { critical: ["now"] }, later: { critical: ["later"] } },
      },
    });
    onTestFinished(() => health.close());
    for (const name of ["now", "later"]) {
      await expect.poll(() => health.get(name)?.reason).toBe("check_failed");
      expect(health.get(name)?.message).toContain(message);
    }
  });

  it("puts what a check says on one line", async () => {
    const talkative = defineCheck({
      type: "talkative",
      summary: "Says what it was told.",
      options: () => mapping({}),
      readings: {},
      create: () => ({ run: () => ({ status: "unhealthy", reason: "told", message: "one\n\u001b[31mtwo\u001b[0m" }) }),
    });
    const config = { gpu: { mode: "off" }, checks: { said: { type: "talkative" } } };
    const health = await createHealth({ checkTypes: [talkative], config });
    onTestFinished(() => health.close());
    expect(health.get("readiness")?.message).toBe("one two");
  });

  it("says that `create` made no check", async () => {
    const none = defineCheck({
      type: "none",
      summary: "Not made.",
      options: () => mapping({}),
      readings: {},
      create: () => undefined as never,
    });
    const config = { gpu: { mode: "off" }, checks: { none: { type: "none" } } };
    const started = createHealth({ checkTypes: [none], config });
    await expect(started).rejects.toThrow("create of the check type none must give an object with run");
  });

  it("frees the checks that were made before one that cannot be", async () => {
    const freed: string[] = [];
    const type = (name: string, create: () => { run: () => Result; stop: () => void }) =>
      defineCheck({ type: name, summary: "Made, or not.", options: () => mapping({}), readings: {}, create });
    const made = type("made", () => ({ run: () => healthy("fine"), stop: () => void freed.push("made") }));
    const broken = type("broken", () => {
      throw new Error("there is no such queue");
    });
    const config = { gpu: { mode: "off" }, checks: { first: { type: "made" }, second: { type: "broken" } } };
    const started = createHealth({ checkTypes: [made, broken], config });
    await expect(started).rejects.toThrow("there is no such queue");
    expect(freed).toEqual(["made"]);
  });

  it("refuses a reading that cannot be a metric, and ends the samplers where there is one of its name", async () => {
    const type = (metric: string) =>
      defineCheck({
        type: "counted",
        summary: "Counted.",
        options: () => mapping({}),
        readings: { jobs: { metric, unit: "count", help: "Jobs." } },
        create: () => ({ run: () => healthy("fine") }),
      });
    expect(() => type("jobs waiting")).toThrow(
      'the reading jobs of the check type counted: "jobs waiting" is not snake_case',
    );
    const stop = vi.spyOn(Sampler.prototype, "stop");
    onTestFinished(() => stop.mockRestore());
    const started = createHealth({ simulate: "h200", checkTypes: [type("build_info")] });
    await expect(started).rejects.toThrow("gpu_health_build_info has already been registered");
    expect(stop).toHaveBeenCalledOnce();
  });

  it("takes a check that cannot subscribe for one that fails, and puts the rest of a reload in force", async () => {
    const deaf = defineCheck({
      type: "deaf",
      summary: "Hears no news.",
      options: () => mapping({}),
      readings: {},
      create: () => ({
        run: () => healthy("fine"),
        subscribe() {
          throw new Error("there is no feed");
        },
      }),
    });
    const config = { gpu: { mode: "off" }, checks: {} };
    const health = await createHealth({ checkTypes: [deaf, queueLength], config });
    onTestFinished(() => health.close());
    queue.length = 0;
    const checks = { first: { type: "deaf" }, second: { type: "queue-length" } };
    const components = { first: { critical: ["first"] }, second: { critical: ["second"] } };
    expect(await health.reload({ ...config, checks, components })).toEqual({ ok: true, restartNeeded: [] });
    expect(health.get("first")?.message).toBe("the check itself failed: there is no feed");
    expect(health.get("second")?.status).toBe("healthy");
  });
});
