import { Command } from "commander";
import { addServeOptions, type ServeOptions } from "./serve.js";

/** `supervise`: `serve`, and a program that it runs and starts anew. */
export function superviseCommand(serve: (options: ServeOptions) => Promise<void>): Command {
  return addServeOptions(new Command("supervise"))
    .description("run a program and the health server, and start the program anew when it ends or fails")
    .option("--component <name>", "whose failures lead to a restart; without it only the program's end does")
    .argument("<command...>", "the program and its arguments, after --")
    .addHelpText(
      "after",
      "\nExample:\n  $ gpu-health supervise -c gpu-health.yaml --component inference -- python3 serve.py",
    )
    .action((run: readonly string[], options: ServeOptions) => serve({ ...options, run }));
}
