import { Argument, Command, Option } from "commander";
import { addAdminFlags, runAdminCommand } from "./admin-command.js";
import type { AdminTarget } from "./admin-request.js";
import { type DrillKind, drillKinds } from "./drill-kinds.js";
import type { DrillOption } from "./drill-options.js";

type Values = Readonly<Record<string, unknown>>;

/** `drill`: changes the simulated GPUs of a running `serve --simulate`, through its admin listener. */
export function drillCommand(): Command {
  const examples = drillKinds.map(({ example }) => `  $ gpu-health drill ${example}`).join("\n");
  const drill = new Command("drill")
    .description("change the simulated GPUs of a running `serve --simulate`, to rehearse a fault")
    .addHelpText("after", `\nExamples:\n${examples}`);
  for (const kind of drillKinds) drill.addCommand(kindCommand(kind));
  return drill;
}

function kindCommand({ name, summary, example, argument, options }: DrillKind): Command {
  const command = new Command(name)
    .description(summary)
    .addHelpText("after", `\nExample:\n  $ gpu-health drill ${example}`);
  if (argument !== undefined) {
    command.addArgument(new Argument(argument.flags, argument.help).argParser(argument.parse ?? String));
  }
  const fields = options.map((each) => {
    const option = commanderOption(each);
    command.addOption(option);
    return { field: each.field, attribute: option.attributeName() };
  });
  addAdminFlags(command);
  return command.action((...given: readonly unknown[]) => {
    // Commander gives the arguments, then the options, then the command.
    const values = given.at(-2) as Values & AdminTarget;
    const body = Object.fromEntries(fields.map(({ field, attribute }) => [field, values[attribute]]));
    return send(values, { kind: name, ...(argument && { [argument.field]: given[0] }), ...body });
  });
}

function commanderOption({ flags, help, parse, byDefault, isOptional }: DrillOption): Option {
  const option = new Option(flags, help);
  if (parse !== undefined) option.argParser(parse);
  if (byDefault !== undefined) option.default(byDefault);
  else if (isOptional !== true) option.makeOptionMandatory();
  return option;
}

function send(target: AdminTarget, drill: Values): Promise<void> {
  return runAdminCommand(
    {
      name: "drill",
      path: "/admin/drill",
      body: drill,
      done: (where) => `drill ${drill.kind}: done on ${where}`,
      hint: "Start a server with `gpu-health serve --simulate h200x2`, or name its admin address with --admin.",
    },
    target,
  );
}
