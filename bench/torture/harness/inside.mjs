// Loaded into the server with --import: what only its own process can tell and do. Asked over the IPC channel, which does
// not keep the process alive. The monotonic clock stays as it is: nothing can set it.

import { EventEmitter } from "node:events";
import { readdirSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";

const RealDate = Date;
let wallOffsetMs = 0;

/** `Date` with `wallOffsetMs` added, as if somebody had set the machine's clock. */
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + wallOffsetMs] : given));
  }

  static now() {
    return RealDate.now() + wallOffsetMs;
  }
};

async function held() {
  for (let turn = 0; turn < 4; turn++) {
    await nextTurn();
    globalThis.gc();
  }
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) {
    resources[kind] = (resources[kind] ?? 0) + 1;
  }
  const { heapUsed, rss } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    residentBytes: rss,
    openFiles: readdirSync("/proc/self/fd").length,
    sockets: resources.TCPSocketWrap ?? 0,
    timers: resources.Timeout ?? 0,
  };
}

/** What a driver with a bug does: it throws where nobody of ours is above it on the stack. */
const throwers = {
  timer: () => setTimeout(() => throwIt("in a timer"), 0),
  rejection: () => void Promise.reject(new Error("torture: a rejection that nobody handles")),
  emitter: () =>
    setImmediate(() => new EventEmitter().emit("error", new Error("torture: an error event without listener"))),
  nextTick: () => process.nextTick(() => throwIt("in process.nextTick")),
  noError: () => setImmediate(() => throwValue("torture: a thrown string")),
};

function throwIt(where) {
  throw new Error(`torture: an error ${where}`);
}

function throwValue(value) {
  throw value;
}

const answers = {
  held,
  throw: ({ how }) => {
    throwers[how]();
  },
  jump: ({ byMs }) => {
    wallOffsetMs += byMs;
  },
};

process.on("message", async ({ question, ...details }) => {
  const answer = await answers[question](details);
  process.send({ answer: answer ?? null });
});
process.channel?.unref();
