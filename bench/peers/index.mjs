// The servers that are compared.

import { fileURLToPath } from "node:url";
import { startServer } from "../harness/server.mjs";
import { grpcGoProgram } from "../harness/tools.mjs";
import { gpuHealth } from "./gpu-health.mjs";

/** A small program of ours around somebody else's server. It sets the status that it reads, and says when it did. */
const peerProgram = (...command) => ({
  command,

  async stopServing(server) {
    server.child.write("NOT_SERVING");
    return BigInt((await server.child.event("set")).atNs);
  },

  async resumeServing(server) {
    server.child.write("SERVING");
    await server.child.event("set");
  },
});

const nodePeer = (file) => peerProgram(process.execPath, fileURLToPath(new URL(file, import.meta.url)));

export const ourName = "gpu-health";
export const referenceName = "grpc-health-check";
/** The null control: how far this ratio is from 1 is how far any other may be by chance. */
export const controlName = "grpc-health-check again";

const peers = {
  [ourName]: gpuHealth,
  [referenceName]: nodePeer("grpc-health-check.mjs"),
  [controlName]: nodePeer("grpc-health-check.mjs"),
  "grpc-go": peerProgram(grpcGoProgram),
  "node:http2": nodePeer("http2.mjs"),
};

export const peerNames = Object.keys(peers);

/** Starts a peer on the server's core and waits for its ready line. */
export function startPeer(name) {
  return startServer(name, peers[name]);
}

/** Those that a program can have on a server of its own, where ours is the library. */
export const embeddedPeerNames = [ourName, referenceName, controlName];

export function startEmbeddedPeer(name) {
  return startServer(name, name === ourName ? nodePeer("embedded.mjs") : peers[name]);
}
