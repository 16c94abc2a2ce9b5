import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../dist/program/main.js", import.meta.url));
const addresses = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

/** A server on free ports, with a busy profile on its simulated GPUs. */
export async function startServer({ simulate, config = "", busy = {} }) {
  const folder = mkdtempSync(join(tmpdir(), "gpu-health-screenshots-"));
  const file = join(folder, "gpu-health.yaml");
  writeFileSync(file, config);
  const child = spawn(
    process.execPath,
    [program, "serve", ...addresses, "-c", file, ...(simulate === undefined ? [] : ["--simulate", simulate])],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const ready = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes('"event":"ready"')) resolve(JSON.parse(line));
    });
    child.once("exit", () => reject(new Error("the server has ended")));
  });
  const admin = `http://${ready.admin[0]}`;
  const http = `http://${ready.http[0]}`;
  const post = async (path, body) => {
    const response = await fetch(`${admin}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };
  const server = {
    http,
    drill: (body) => post("/admin/drill", body),
    drain: (message) => post("/admin/drain", { message }),
    /** Until the state is as `is` wants it. */
    async until(is) {
      for (let look = 0; look < 150; look += 1) {
        const { state } = await (await fetch(`${http}/status`)).json();
        if (is(state)) return;
        await delay(200);
      }
      throw new Error("the state to show has not come in 30 s");
    },
    async stop() {
      process.off("exit", killAtExit);
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      rmSync(folder, { recursive: true, force: true });
    },
    freeze: () => child.kill("SIGSTOP"),
  };
  for (const drill of Object.values(busy).flat()) await server.drill(drill);
  return server;
}
