import { Command } from "commander";
import { alertsCommand, type TestReceiver } from "./alerts.js";
import { checkCommand } from "./check.js";
import { drainCommand, undrainCommand } from "./drain.js";
import { drillCommand } from "./drill.js";
import { gpusCommand, type ListGpus } from "./gpus.js";
import { initCommand } from "./init.js";
import { listCommand } from "./list.js";
import { nodeAgentCommand } from "./node-agent.js";
import { type ServeOptions, serveCommand } from "./serve.js";
import { superviseCommand } from "./supervise.js";
import { topCommand } from "./top.js";
import { validateCommand } from "./validate.js";
import { waitCommand } from "./wait.js";
import { watchCommand } from "./watch.js";

/** What commands need of the rest of the program. */
export interface Actions {
  readonly serve: (options: ServeOptions) => Promise<void>;
  readonly listGpus: ListGpus;
  readonly testReceiver: TestReceiver;
}

/** `gpu-health` with every command. docs/commands.md is made from it. */
export function createProgram(version: string, { serve, listGpus, testReceiver }: Actions): Command {
  return new Command("gpu-health")
    .description("says per component, and with the reason, whether a GPU service can take traffic")
    .version(version)
    .showHelpAfterError("(see gpu-health --help)")
    .addCommand(serveCommand(serve))
    .addCommand(superviseCommand(serve))
    .addCommand(nodeAgentCommand(serve))
    .addCommand(checkCommand(version))
    .addCommand(listCommand())
    .addCommand(watchCommand())
    .addCommand(waitCommand())
    .addCommand(topCommand())
    .addCommand(gpusCommand(listGpus))
    .addCommand(initCommand(listGpus))
    .addCommand(validateCommand())
    .addCommand(drainCommand())
    .addCommand(undrainCommand())
    .addCommand(drillCommand())
    .addCommand(alertsCommand(testReceiver))
    .addHelpText("after", "\nExample:\n  $ gpu-health serve --simulate h200x2");
}
