// A well-behaved client in a process of its own: it probes all the time, and keeps count. Arguments: the gRPC and the
// HTTP address, the control's, the component, and how long a probe may take in milliseconds. `take` gives the counts and starts anew.

import { setTimeout as sleep } from "node:timers/promises";
import { check, openSession, serving } from "./grpc.mjs";
import { get } from "./http.mjs";

const [grpc, http, control, component, timeoutText] = process.argv.slice(2);
const timeoutMs = Number(timeoutText);
const pauseMs = 20;

/**
 * One kind of probe each: on a connection that is kept, and on a new one as the kubelet does. `control` asks a server that
 * does nothing else, in a process of its own: what is slow there is the machine.
 */
const kinds = { kept: keptCheck, fresh: freshCheck, http: httpProbe, control: controlProbe };
const none = () =>
  Object.fromEntries(
    Object.keys(kinds).map((kind) => [kind, { sent: 0, failed: 0, worstMs: 0, firstFailure: undefined }]),
  );
let counts = none();
let inProgress = 0;
let kept;

async function keptCheck() {
  if (kept === undefined || kept.closed || kept.destroyed) {
    kept = await openSession(grpc);
    kept.once("close", () => fail("kept", new Error("the connection that is kept was closed")));
  }
  requireServing(await check(kept, component, timeoutMs));
}

async function freshCheck() {
  const session = await withinTimeout(openSession(grpc));
  try {
    requireServing(await check(session, component, timeoutMs));
  } finally {
    session.destroy();
  }
}

async function httpProbe() {
  const { status, text } = await get(http, "/readyz", timeoutMs);
  if (status !== 200) throw new Error(`/readyz says ${status}: ${text.slice(0, 300)}`);
}

async function controlProbe() {
  await get(control, "/", timeoutMs);
}

function requireServing(status) {
  if (status !== serving) throw new Error(`the status is ${status}`);
}

function withinTimeout(session) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
  });
  void session.then((opened) => late.catch(() => opened.destroy())).catch(() => {});
  return Promise.race([session, late]).finally(() => clearTimeout(timer));
}

function fail(kind, error) {
  counts[kind].failed += 1;
  counts[kind].firstFailure ??= `${error.message}${error.code === undefined ? "" : ` (${error.code})`}`;
}

async function probeAgainAndAgain(kind) {
  for (;;) {
    await resumed;
    const startedAtMs = performance.now();
    counts[kind].sent += 1;
    inProgress += 1;
    try {
      await kinds[kind]();
    } catch (error) {
      fail(kind, error);
    }
    counts[kind].worstMs = Math.max(counts[kind].worstMs, performance.now() - startedAtMs);
    inProgress -= 1;
    await sleep(pauseMs);
  }
}

/** A pause, so that what the server holds for these probes is the one connection that is kept. */
let resumed = Promise.resolve();
let resume = () => {};
const answers = {
  take() {
    const taken = counts;
    counts = none();
    return taken;
  },
  async pause() {
    resumed = new Promise((resolve) => {
      resume = resolve;
    });
    while (inProgress > 0) await sleep(pauseMs);
  },
  resume: () => resume(),
};

process.on("message", async ({ question }) => process.send({ answer: (await answers[question]()) ?? null }));
process.on("disconnect", () => process.exit());
for (const kind of Object.keys(kinds)) void probeAgainAndAgain(kind);
