// The servers that are compared. Each prints a ready line with its address and can be told a status.

import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { Child } from "../harness/child.mjs";
import { monotonicNs, serverCpu } from "../harness/proc.mjs";
import { grpcGoProgram } from "../harness/tools.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const anyPort = "127.0.0.1:0";

/** As an operator runs it: with every output, and eight GPUs sampled at 1 Hz. */
export const eightGpus = ["--simulate", "h200x8"];

export const mainProgram = path("../../dist/main.js");
const ours = [mainProgram, "serve", "--grpc", anyPort, "--http", anyPort, "--admin", anyPort];

/** Name, program with its arguments, and how the status of "" is set. */
const peers = {
  "gpu-health": { command: [process.execPath, ...ours, ...eightGpus], setStatus: drainOrUndrain },
  "grpc-health-check": { command: [process.execPath, path("grpc-health-check.mjs")], setStatus: writeStatus },
  // The null control: how far this ratio is from 1 is how far any other may be by chance.
  "grpc-health-check again": { command: [process.execPath, path("grpc-health-check.mjs")], setStatus: writeStatus },
  "grpc-go": { command: [grpcGoProgram], setStatus: writeStatus },
  "node:http2": { command: [process.execPath, path("http2.mjs")], setStatus: writeStatus },
};

export const ourName = "gpu-health";
export const referenceName = "grpc-health-check";
export const controlName = "grpc-health-check again";
export const peerNames = Object.keys(peers);

/** Starts a peer on the server's core and waits for its ready line. */
export async function startPeer(name) {
  const { command, setStatus } = peers[name];
  return startServer(name, command, setStatus);
}

/** Starts gpu-health with other arguments of `serve`; `preload` is a module that Node loads first. */
export async function startOurs(serveArguments, preload) {
  const nodeArguments = preload === undefined ? [] : ["--import", preload];
  const command = [process.execPath, ...nodeArguments, ...ours, ...serveArguments];
  return startServer(ourName, command, drainOrUndrain, { channel: preload !== undefined });
}

async function startServer(name, command, setStatus, options) {
  const startedNs = monotonicNs();
  const child = new Child(name, serverCpu, command, options);
  try {
    const ready = await child.event("ready");
    child.ignoreOutput();
    const server = { name, child, ready, startedNs, pid: child.pid, address: ready.grpc[0] };
    return { ...server, setStatus: (status) => setStatus(server, status), stop: () => child.stop() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function writeStatus(server, status) {
  server.child.write(status);
}

const keepAlive = new Agent({ keepAlive: true });

function drainOrUndrain(server, status) {
  return post(server.ready.admin[0], status === "SERVING" ? "/admin/undrain" : "/admin/drain");
}

/** Changes the simulated GPUs of a gpu-health server, as its `drill` command does. */
export function drill(server, change) {
  return post(server.ready.admin[0], "/admin/drill", change);
}

function post(address, path, body) {
  const [host, port] = address.split(":");
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const call = request({ host, port, path, method: "POST", headers, agent: keepAlive }, (response) => {
      response.resume();
      response.on("end", () => {
        if (response.statusCode < 300) {
          resolve();
        } else {
          reject(new Error(`POST ${path} to ${address}: HTTP ${response.statusCode}`));
        }
      });
    });
    call.on("error", reject);
    call.end(text);
  });
}
