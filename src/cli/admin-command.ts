import { type Command, InvalidArgumentError, Option } from "commander";
import { type Address, formatAddress, parseAddress } from "../core/address.js";
import { type AdminTarget, type Answer, postToAdmin } from "./admin-request.js";
import { CommandFailure } from "./exit-code.js";
import { addTlsFlags } from "./tls-flags.js";

const unreachableExitCode = 2;
const refusedExitCode = 3;

const defaultAdmin: Address = { kind: "tcp", host: "127.0.0.1", port: 9092 };

/** Adds the flags that say where a server's admin listener is; an action finds them in its options as AdminTarget. */
export function addAdminFlags(command: Command): Command {
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
  return command;
}

/** What a command asks of a server, in its own words. */
export interface AdminCommand {
  /** How its messages begin. */
  readonly name: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What is said once it is done, and where. */
  done(where: string): string;
  /** What to do when no server answers. */
  readonly hint: string;
}

/** Sends it, and prints what came of it: on standard error with exit code 2 (no answer) or 3 (refused) where it failed. */
export async function runAdminCommand(
  { name, path, body, done, hint }: AdminCommand,
  target: AdminTarget,
): Promise<void> {
  const where = formatAddress(target.admin);
  let answer: Answer;
  try {
    answer = await postToAdmin(target, path, JSON.stringify(body));
  } catch (error) {
    if (error instanceof CommandFailure) {
      console.error(`${name}: ${error.message}`);
      process.exitCode = error.exitCode;
      return;
    }
    console.error(`${name}: cannot reach the admin listener at ${where}: ${reasonOf(error)}`);
    console.error(hint);
    process.exitCode = unreachableExitCode;
    return;
  }
  if (answer.status === 200) {
    console.log(done(where));
    return;
  }
  console.error(`${name}: refused by ${where}: ${messageIn(answer.body)}`);
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
