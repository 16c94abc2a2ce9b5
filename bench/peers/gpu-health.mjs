// This project's server, as an operator runs it: with every output, on its defaults.

import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { monotonicNs } from "../harness/proc.mjs";
import { startServer } from "../harness/server.mjs";

export const mainProgram = fileURLToPath(new URL("../../dist/program/main.js", import.meta.url));

/** Eight GPUs, sampled at 1 Hz. */
export const eightGpus = ["--simulate", "h200x8"];

const anyPort = "127.0.0.1:0";
const serve = [mainProgram, "serve", "--grpc", anyPort, "--http", anyPort, "--admin", anyPort];

export const gpuHealth = {
  command: [process.execPath, ...serve, ...eightGpus],

  /** Drains, and tells when that took effect; the server's own time is in whole milliseconds, rounded down. */
  async stopServing(server) {
    const { since } = await post(server, "/admin/drain");
    return wallToMonotonicNs(Date.parse(since));
  },

  async resumeServing(server) {
    await post(server, "/admin/undrain");
  },
};

/** Starts it with other arguments of `serve`; `preload` is a module that Node loads first. */
export function startGpuHealth(serveArguments, preload) {
  const nodeArguments = preload === undefined ? [] : ["--import", preload];
  const command = [process.execPath, ...nodeArguments, ...serve, ...serveArguments];
  return startServer("gpu-health", { ...gpuHealth, command }, { channel: preload !== undefined });
}

/** Changes the simulated GPUs, as the `drill` command does. */
export async function drill(server, change) {
  await post(server, "/admin/drill", change);
}

function wallToMonotonicNs(wallMs) {
  return monotonicNs() - BigInt(Math.round((performance.timeOrigin + performance.now() - wallMs) * 1e6));
}

const keepAlive = new Agent({ keepAlive: true });

function post(server, path, body) {
  const address = server.ready.admin[0];
  const [host, port] = address.split(":");
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const call = request({ host, port, path, method: "POST", headers, agent: keepAlive }, async (response) => {
      const answer = (await response.setEncoding("utf8").toArray()).join("");
      if (response.statusCode === 200) {
        resolve(JSON.parse(answer));
      } else {
        reject(new Error(`POST ${path} to ${address}: HTTP ${response.statusCode}: ${answer}`));
      }
    });
    call.on("error", reject);
    call.end(text);
  });
}
