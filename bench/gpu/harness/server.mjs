// The server as an operator runs it: the built program, on free ports of the loopback interface.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./programs.mjs";
import { temporaryFolder } from "./temporary-folder.mjs";

export const mainProgram = fileURLToPath(new URL("../../../dist/program/main.js", import.meta.url));
const loopDelay = fileURLToPath(new URL("../../harness/loop-delay.mjs", import.meta.url));

const startTimeoutMs = 60_000;
/** A card may have something that leaves it in service, such as a fabric that it has not joined. */
export const inService = ["healthy", "degraded"];

const anyPort = "127.0.0.1:0";

export class Server {
  constructor(program, ready) {
    this.program = program;
    this.ready = ready;
  }

  /** Starts it with this configuration (YAML), and waits until it listens. `measuresLoop`: see `loopDelayP99Ms`. */
  static async start({ simulate }, yaml, { measuresLoop = false } = {}) {
    const configuration = join(temporaryFolder(), "gpu-health.yaml");
    writeFileSync(configuration, yaml);
    const command = [
      process.execPath,
      ...(measuresLoop ? ["--import", loopDelay] : []),
      ...[mainProgram, "serve", "--config", configuration],
      ...["--grpc", anyPort, "--http", anyPort, "--admin", anyPort],
      ...(simulate === undefined ? [] : ["--simulate", simulate]),
    ];
    const program = new Program("gpu-health serve", command, { hasChannel: measuresLoop });
    try {
      return new Server(program, await program.event("ready", startTimeoutMs));
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  /** The full report of /health; a server that is not ready gives it too. */
  async report() {
    return (await fetch(`http://${this.ready.http[0]}/health`)).json();
  }

  async metrics() {
    return (await fetch(`http://${this.ready.http[0]}/metrics`)).text();
  }

  /** Looks at the report again and again until `look` gives something. Fails at the deadline. */
  async until(what, timeoutMs, look) {
    const giveUpAtMs = Date.now() + timeoutMs;
    for (;;) {
      const found = look(await this.report());
      if (found !== undefined) return found;
      if (Date.now() > giveUpAtMs) throw new Error(`the server did not show ${what} within ${timeoutMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The line of the log, past or to come, that says that a component turned to one of these, no earlier than `sinceMs`. */
  transition(component, statuses, { sinceMs, timeoutMs }) {
    const isIt = (line) =>
      line.event === "transition" &&
      line.component === component &&
      statuses.includes(line.to) &&
      Date.parse(line.since) >= Math.floor(sinceMs);
    return this.program.line(`transition of ${component} to ${statuses.join(" or ")}`, isIt, timeoutMs);
  }

  /** Changes simulated GPUs. */
  async drill(change) {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(change);
    const response = await fetch(`http://${this.ready.admin[0]}/admin/drill`, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`the drill ${change.kind} was refused: ${await response.text()}`);
  }

  /** The event loop's delay since `forgetLoopDelay`; needs `measuresLoop`. */
  async loopDelayP99Ms() {
    return (await this.program.ask("read")).p99Ms;
  }

  async forgetLoopDelay() {
    await this.program.ask("reset");
  }

  stop() {
    return this.program.stop();
  }
}
