// One case: a server of its own, a healthy client beside it, what the server holds before and after.

import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "./child.mjs";
import { mayGrow } from "./limits.mjs";
import { Random } from "./random.mjs";
import { Server } from "./server.mjs";

const proberProgram = fileURLToPath(new URL("prober.mjs", import.meta.url));
const controlProgram = fileURLToPath(new URL("control.mjs", import.meta.url));
/** The first attack is a small one, so that compiled code and caches are not taken for what the fault left behind. */
const warmUpShare = 0.02;
const settleMs = 300;
const probedAfterwardsMs = { full: 3000, short: 300 };
/** How long what the fault opened may take to be gone. */
const recoveryMs = 20_000;

export async function runCase(torture, { form, seed, probeTimeoutMs }) {
  const context = (await torture.setUp?.()) ?? { server: {}, tearDown() {} };
  const server = await Server.start(context.server);
  const control = new Child("the control", [process.execPath, controlProgram]);
  const asked = [server.grpc, server.http, await control.ask("address"), "bystander", String(probeTimeoutMs)];
  const prober = new Child("the prober", [process.execPath, proberProgram, ...asked]);
  const attack = (share) => {
    const size = torture.sizes[form];
    const random = new Random(`${seed} ${torture.name} ${share}`);
    return torture.attack({ ...context, server, random, form, size: share === 1 ? size : warmUpSize(torture, form) });
  };
  try {
    await attack(warmUpShare);
    await sleep(settleMs);
    const before = await atRest(prober, context, server, () => restingState(server));
    await prober.ask("take");
    const { attempts, did, problems } = await attack(1);
    const during = await prober.ask("take");
    await sleep(probedAfterwardsMs[form]);
    const since = await prober.ask("take");
    const after = await atRest(prober, context, server, () => restingState(server, before));
    const exit = await endOrderly(server, prober);
    const judged = judge({ torture, during, since, before, after, exit });
    return {
      name: torture.name,
      title: torture.title,
      attempts,
      did,
      ...judged,
      problems: [...problems, ...judged.problems],
    };
  } finally {
    await prober.kill();
    await control.kill();
    await server.child.kill();
    context.tearDown();
  }
}

const warmUpSize = ({ sizes }, form) => Math.max(1, Math.min(sizes.short, Math.ceil(sizes[form] * warmUpShare)));

/** Looks while nobody probes: the one connection that the prober keeps is then all that there should be. */
async function atRest(prober, context, server, look) {
  await prober.ask("pause");
  await context.rest?.(server, true);
  const found = await look();
  await context.rest?.(server, false);
  await prober.ask("resume");
  return found;
}

/** What the server holds once that is no more than it may be, compared with `before`, or when time is up. */
async function restingState(server, before) {
  const giveUpAtMs = performance.now() + recoveryMs;
  for (;;) {
    const state = await leastOf(server);
    if (before === undefined || performance.now() > giveUpAtMs || grownTooMuch(before, state).length === 0)
      return state;
  }
}

const grownTooMuch = (before, after) =>
  Object.keys(mayGrow).filter((what) => after[what] - before[what] > mayGrow[what]);

/** A look may meet a run of a check, so the least of several counts. */
async function leastOf(server) {
  const looks = [];
  for (let look = 0; look < 3; look++) {
    looks.push(await server.held());
    await sleep(37);
  }
  return Object.fromEntries(Object.keys(mayGrow).map((what) => [what, Math.min(...looks.map((each) => each[what]))]));
}

async function endOrderly(server, prober) {
  await prober.kill();
  return server.stop();
}

function judge({ torture, during, since, before, after, exit }) {
  const mayFail = (kind, counts) =>
    torture.freshProbesMayFail === true && kind !== "kept" && kind !== "control" && counts === during;
  const all = [during, since].flatMap((counts) =>
    Object.entries(counts).map(([kind, count]) => ({ kind, count, counts })),
  );
  const counted = all.filter(({ kind, counts }) => kind !== "control" && !mayFail(kind, counts));
  const problems = counted
    .filter(({ count }) => count.failed > 0)
    .map(
      ({ kind, count }) => `${count.failed} of ${count.sent} ${kind} probes failed, the first: ${count.firstFailure}`,
    );
  for (const what of grownTooMuch(before, after)) {
    problems.push(`${what}: ${after[what]}, and ${before[what]} before; ${mayGrow[what]} more may be`);
  }
  if (exit.code !== 0) problems.push(`SIGTERM ended it with code ${exit.code}, signal ${exit.signal}`);
  const sum = (list, of) => list.reduce((total, { count }) => total + of(count), 0);
  const excused = all.filter(({ kind, counts }) => mayFail(kind, counts));
  return {
    probes: sum(counted, ({ sent }) => sent),
    failed: sum(counted, ({ failed }) => failed),
    excused: sum(excused, ({ failed }) => failed),
    worstMs: Math.max(...counted.map(({ count }) => count.worstMs)),
    controlWorstMs: Math.max(during.control.worstMs, since.control.worstMs),
    before,
    after,
    problems,
  };
}
