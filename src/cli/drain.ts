import { Command } from "commander";
import { addAdminFlags, runAdminCommand } from "./admin-command.js";
import type { AdminTarget } from "./admin-request.js";

const hint = "Name the admin listener of a running server with --admin or GPU_HEALTH_ADMIN.";

/** `drain`: turns traffic away from a running server until `undrain`, as a preStop hook or before maintenance. */
export function drainCommand(): Command {
  const command = new Command("drain")
    .description("turn traffic away from a running server, while it goes on running")
    .option("--message <text>", "why, for the reason that clients, log and page are given")
    .addHelpText("after", '\nExample:\n  $ gpu-health drain --message "driver update"');
  return addAdminFlags(command).action(({ message, ...target }: AdminTarget & { readonly message?: string }) =>
    runAdminCommand(
      {
        name: "drain",
        path: "/admin/drain",
        body: message === undefined ? {} : { message },
        done: (where) => `drain: readiness on ${where} is NOT_SERVING until undrain`,
        hint,
      },
      target,
    ),
  );
}

/** `undrain`: takes traffic again. */
export function undrainCommand(): Command {
  const command = new Command("undrain")
    .description("end a drain")
    .addHelpText("after", "\nExample:\n  $ gpu-health undrain");
  return addAdminFlags(command).action((target: AdminTarget) =>
    runAdminCommand(
      { name: "undrain", path: "/admin/undrain", body: {}, done: (where) => `undrain: done on ${where}`, hint },
      target,
    ),
  );
}
