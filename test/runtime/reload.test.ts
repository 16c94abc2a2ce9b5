import { beforeEach, describe, expect, it } from "vitest";
import type { Configuration } from "../../src/config/configuration.js";
import { defaultConfiguration } from "../../src/config/defaults.js";
import { Reloader } from "../../src/runtime/reload.js";
import type { ServeConfiguration } from "../../src/runtime/serve-configuration.js";
import { ManualClock } from "../support/manual-clock.js";
import { recordedLog } from "../support/recorded-log.js";

const first = defaultConfiguration();
const debug: Configuration = { ...first, log: { level: "debug" } };
const given = (configuration: Configuration): ServeConfiguration => ({ ok: true, configuration });
const wrong: ServeConfiguration = { ok: false, errors: ["a.yaml:1:1: chekcs: unknown"] };

let clock: ManualClock;
let lines: Record<string, unknown>[];
let applied: Configuration[];
let read: () => Promise<ServeConfiguration>;
let reloader: Reloader;

beforeEach(() => {
  clock = new ManualClock();
  const log = recordedLog();
  lines = log.lines;
  applied = [];
  reloader = new Reloader({
    configuration: first,
    file: "a.yaml",
    read: () => read(),
    apply: (next) => void applied.push(next),
    clock,
    logger: log.logger,
  });
});

const finds = (found: ServeConfiguration): void => {
  read = async () => found;
};

describe("Reloader", () => {
  it("counts the start as a success", () => {
    expect(reloader.state).toEqual({
      file: "a.yaml",
      loadedAtWallMs: clock.wallMs(),
      restartNeeded: [],
      lastReload: { ok: true, restartNeeded: [] },
      lastReloadAtWallMs: clock.wallMs(),
    });
  });

  it("puts the new configuration in force and says who asked", async () => {
    clock.advance(1000);
    finds(given(debug));
    expect(await reloader.reload("SIGHUP")).toEqual({ ok: true, restartNeeded: [] });
    expect(applied).toEqual([debug]);
    expect(reloader.configuration).toBe(debug);
    expect(reloader.state.loadedAtWallMs).toBe(clock.wallMs());
    expect(lines).toMatchObject([{ level: "info", event: "reloaded", cause: "SIGHUP" }]);
  });

  it("keeps what runs where the new one has errors, until it has none", async () => {
    const loadedAtWallMs = clock.wallMs();
    clock.advance(1000);
    finds(wrong);
    expect(await reloader.reload("file")).toEqual(wrong);
    expect(applied).toEqual([]);
    expect(reloader.state).toMatchObject({ loadedAtWallMs, lastReload: wrong, lastReloadAtWallMs: clock.wallMs() });
    expect(lines).toMatchObject([{ level: "error", event: "reload_failed", cause: "file", errors: wrong.errors }]);
    finds(given(first));
    await reloader.reload("file");
    expect(reloader.state.lastReload.ok).toBe(true);
    expect(lines.at(-1)).toMatchObject({ event: "reloaded" });
  });

  it("says nothing when the file was seen to change and says what it said before", async () => {
    finds(wrong);
    await reloader.reload("admin");
    await reloader.reload("file");
    finds(given(debug));
    await reloader.reload("admin");
    await reloader.reload("file");
    expect(lines.map(({ event, cause }) => [event, cause])).toEqual([
      ["reload_failed", "admin"],
      ["reloaded", "admin"],
    ]);
  });

  it("names what waits for the next start, by the configuration that was started", async () => {
    const other = { ...debug, http: { ...first.http, listen: [{ address: "127.0.0.1:1" }] } };
    finds(given(other));
    expect(await reloader.reload("admin")).toEqual({ ok: true, restartNeeded: ["http.listen"] });
    expect(lines.at(-1)).toMatchObject({ level: "warn", event: "restart_needed", options: ["http.listen"] });
    expect(await reloader.reload("admin")).toEqual({ ok: true, restartNeeded: ["http.listen"] });
    finds(wrong);
    await reloader.reload("admin");
    expect(reloader.state.restartNeeded).toEqual(["http.listen"]);
    finds(given(first));
    expect(await reloader.reload("admin")).toEqual({ ok: true, restartNeeded: [] });
    expect(reloader.state.restartNeeded).toEqual([]);
  });

  it("survives a read and an application that throw", async () => {
    read = async () => Promise.reject(new Error("the disk is gone"));
    expect(await reloader.reload("file")).toEqual({ ok: false, errors: ["the disk is gone"] });
    finds(given(debug));
    applied.push = () => {
      throw new Error("no such thing");
    };
    expect(await reloader.reload("admin")).toEqual({ ok: false, errors: ["no such thing"] });
    expect(reloader.configuration).toBe(first);
  });

  it("does one at a time, and one more for all who ask meanwhile", async () => {
    const pending: ((found: ServeConfiguration) => void)[] = [];
    read = () => new Promise((resolve) => pending.push(resolve));
    const begun = reloader.reload("SIGHUP");
    await Promise.resolve();
    const waiting = [reloader.reload("admin"), reloader.reload("file"), reloader.reload("SIGHUP")];
    expect(pending).toHaveLength(1);
    pending[0]?.(wrong);
    expect(await begun).toEqual(wrong);
    await Promise.resolve();
    expect(pending).toHaveLength(2);
    pending[1]?.(given(debug));
    for (const outcome of await Promise.all(waiting)) expect(outcome.ok).toBe(true);
    expect(applied).toEqual([debug]);
  });

  it("takes nothing any more when the server ends, not even what is being read", async () => {
    let found = (_: ServeConfiguration): void => {};
    read = () =>
      new Promise((resolve) => {
        found = resolve;
      });
    const begun = reloader.reload("admin");
    await Promise.resolve();
    reloader.close();
    found(given(debug));
    expect(await begun).toEqual({ ok: false, errors: [expect.stringContaining("shutting down")] });
    expect(await reloader.reload("admin")).toMatchObject({ ok: false });
    expect(applied).toEqual([]);
  });
});
