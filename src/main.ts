#!/usr/bin/env node
import { createProgram } from "./cli/program.js";
import { endUnexpectedly } from "./cli/terminal.js";
import { version } from "./runtime/version.js";

// What a command needs beyond its flags is loaded when it runs: a probe must not wait for a server's modules.
const program = createProgram(version, {
  serve: async (options) => (await import("./runtime/serve.js")).serve(options),
  listGpus: async (...given) => (await import("./runtime/list-gpus.js")).listGpus(...given),
  testReceiver: async (receiver) => (await import("./runtime/test-receiver.js")).testReceiver(receiver),
});

await program.parseAsync().catch(endUnexpectedly);
