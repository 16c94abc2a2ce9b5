// 4. The `cuda` check in both modes, on every GPU.

import { differs, impossible, ms, ok } from "../harness/findings.mjs";
import { Server } from "../harness/server.mjs";

const timeoutMs = 60_000;

const configuration = `
gpu: { mode: required }
checks:
  init: { type: cuda, timeout: 20s, failureThreshold: 1 }
  kernel: { type: cuda, mode: kernel, timeout: 30s, failureThreshold: 1 }
`;

export const cuda = {
  name: "cuda",
  title: "The cuda check",

  async run(context) {
    const startedAtMs = Date.now();
    const server = await Server.start(context, configuration);
    try {
      const answered = (report) => {
        const entries = report.checks.filter(({ type, latest }) => type === "cuda" && latest !== undefined);
        const isComplete = ["init", "kernel"].every((name) => entries.some(({ check }) => check === name));
        return isComplete ? entries : undefined;
      };
      const entries = await server.until("an answer of both cuda checks", timeoutMs, answered);
      return entries.map((entry) => findingOf(entry, Date.now() - startedAtMs));
    } finally {
      await server.stop();
    }
  },
};

function findingOf({ check, subject, latest }, sinceStartMs) {
  const what = `mode ${check}${subject === undefined ? "" : ` on ${subject}`}`;
  const { status, reason, message, readings = {} } = latest;
  if (status !== "healthy") return differs(what, `${status}: ${reason}: ${message}`);
  // Healthy without a kernel's time means that the GPU was left alone, and says why.
  if (check === "kernel" && readings.kernelSeconds === undefined) return impossible(what, message);
  const seconds = readings[`${check}Seconds`];
  const took = seconds?.ok ? `${ms(seconds.value * 1000)}; ` : "";
  return ok(what, `${took}${message}`, { seconds: seconds?.value, sinceStartMs });
}
