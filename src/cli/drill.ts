import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { type Address, formatAddress, parseAddress } from "../core/address.js";
import { type AdminTarget, type Answer, postToAdmin } from "./admin-request.js";
import { type DrillKind, drillKinds } from "./drill-kinds.js";
import type { DrillOption } from "./drill-options.js";
import { CommandFailure } from "./exit-code.js";
import { addTlsFlags } from "./tls-flags.js";

const unreachableExitCode = 2;
const refusedExitCode = 3;

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
  const admin = new Option("--admin <address>", "the server's admin listener, HOST:PORT or unix:PATH");
  command.addOption(
    admin.env("GPU_HEALTH_ADMIN").argParser(address).default(defaultAdmin, formatAddress(defaultAdmin)),
  );
  command.addOption(
    new Option("--token <token>", "the listener's token, best from the environment or as file:/PATH").env(
      "GPU_HEALTH_ADMIN_TOKEN",
    ),
  );
  addTlsFlags(command);
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

const defaultAdmin: Address = { kind: "tcp", host: "127.0.0.1", port: 9092 };

async function send(target: AdminTarget, drill: Values): Promise<void> {
  const where = formatAddress(target.admin);
  let answer: Answer;
  try {
    answer = await postToAdmin(target, "/admin/drill", JSON.stringify(drill));
  } catch (error) {
    if (error instanceof CommandFailure) {
      console.error(`drill: ${error.message}`);
      process.exitCode = error.exitCode;
      return;
    }
    console.error(`drill: cannot reach the admin listener at ${where}: ${reasonOf(error)}`);
    console.error("Start a server with `gpu-health serve --simulate h200x2`, or name its admin address with --admin.");
    process.exitCode = unreachableExitCode;
    return;
  }
  if (answer.status === 200) {
    console.log(`drill ${drill.kind}: done on ${where}`);
    return;
  }
  console.error(`drill: refused by ${where}: ${messageIn(answer.body)}`);
  process.exitCode = refusedExitCode;
}

/** Where a name has several addresses, the error of the first one. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** The message of a JSON error, or the answer as it is. */
function messageIn(answer: string): string {
  try {
    const { error } = JSON.parse(answer) as { error?: unknown };
    return typeof error === "string" ? error : answer;
  } catch {
    return answer;
  }
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.problem);
  return parsed.address;
}
