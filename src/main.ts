#!/usr/bin/env node
import { Command } from "commander";
import { alertsCommand } from "./cli/alerts.js";
import { checkCommand } from "./cli/check.js";
import { drainCommand, undrainCommand } from "./cli/drain.js";
import { drillCommand } from "./cli/drill.js";
import { gpusCommand } from "./cli/gpus.js";
import { initCommand } from "./cli/init.js";
import { listCommand } from "./cli/list.js";
import { nodeAgentCommand } from "./cli/node-agent.js";
import { serveCommand } from "./cli/serve.js";
import { superviseCommand } from "./cli/supervise.js";
import { endUnexpectedly } from "./cli/terminal.js";
import { topCommand } from "./cli/top.js";
import { validateCommand } from "./cli/validate.js";
import { waitCommand } from "./cli/wait.js";
import { watchCommand } from "./cli/watch.js";
import { version } from "./runtime/version.js";

// What a command needs beyond its flags is loaded when it runs: a probe must not wait for a server's modules.
const program = new Command("gpu-health")
  .description("says per component, and with the reason, whether a GPU service can take traffic")
  .version(version)
  .showHelpAfterError("(see gpu-health --help)")
  .addCommand(serveCommand(async (options) => (await import("./runtime/serve.js")).serve(options)))
  .addCommand(superviseCommand(async (options) => (await import("./runtime/serve.js")).serve(options)))
  .addCommand(nodeAgentCommand(async (options) => (await import("./runtime/serve.js")).serve(options)))
  .addCommand(checkCommand(version))
  .addCommand(listCommand())
  .addCommand(watchCommand())
  .addCommand(waitCommand())
  .addCommand(topCommand())
  .addCommand(gpusCommand(async (...given) => (await import("./runtime/list-gpus.js")).listGpus(...given)))
  .addCommand(initCommand(async (...given) => (await import("./runtime/list-gpus.js")).listGpus(...given)))
  .addCommand(validateCommand())
  .addCommand(drainCommand())
  .addCommand(undrainCommand())
  .addCommand(drillCommand())
  .addCommand(alertsCommand(async (receiver) => (await import("./runtime/test-receiver.js")).testReceiver(receiver)))
  .addHelpText("after", "\nExample:\n  $ gpu-health serve --simulate h200x2");

await program.parseAsync().catch(endUnexpectedly);
