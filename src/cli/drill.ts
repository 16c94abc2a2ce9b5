import { request } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { Command, InvalidArgumentError, Option } from "commander";
import { type Address, formatAddress, parseAddress } from "../core/address.js";
import { type Parsed, parseDuration, parseSize } from "../core/units.js";

const unreachableExitCode = 2;
const refusedExitCode = 3;

type Values = Readonly<Record<string, unknown>>;

/** One option of a drill, and the field of the request that carries it. */
interface DrillOption {
  readonly flags: string;
  readonly help: string;
  readonly field: string;
  readonly parse: (text: string) => unknown;
  /** Absent: the option must be given, unless it `isOptional`. */
  readonly byDefault?: string;
  readonly isOptional?: true;
}

interface Kind {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly options: readonly DrillOption[];
}

const oneGpu: DrillOption = { flags: "--gpu <index>", help: "index of the GPU, or all", field: "gpu", parse: gpuIndex };
const anyFunction: DrillOption = {
  flags: "--function <name>",
  help: "NVML function, or * for every one",
  field: "function",
  parse: String,
  byDefault: "*",
};

const required = (flags: string, help: string, field: string, parse: DrillOption["parse"]): DrillOption => ({
  flags,
  help,
  field,
  parse,
});

const kinds: readonly Kind[] = [
  {
    name: "memory",
    summary: "set a GPU's free memory",
    example: "memory --gpu 0 --free 300MiB",
    options: [oneGpu, required("--free <size>", "free memory, such as 300MiB", "freeBytes", unit(parseSize))],
  },
  {
    name: "utilization",
    summary: "set a GPU's utilization",
    example: "utilization --gpu 0 --percent 97",
    options: [
      oneGpu,
      required("--percent <number>", "share of time in which kernels run, 0 to 100", "gpuPercent", number),
      {
        flags: "--memory-percent <number>",
        help: "share of time in which memory is read or written, 0 to 100",
        field: "memoryPercent",
        parse: number,
        isOptional: true,
      },
    ],
  },
  {
    name: "temperature",
    summary: "set a GPU's temperature",
    example: "temperature --gpu 1 --celsius 92",
    options: [oneGpu, required("--celsius <number>", "temperature in °C", "celsius", number)],
  },
  {
    name: "power",
    summary: "set the power that a GPU draws",
    example: "power --gpu 1 --watts 690",
    options: [oneGpu, required("--watts <number>", "power in W", "watts", number)],
  },
  {
    name: "return-code",
    summary: "let NVML calls on a GPU fail",
    example: "return-code --gpu 3 --code 16",
    options: [oneGpu, anyFunction, required("--code <number>", "NVML return code, such as 999", "code", number)],
  },
  {
    name: "latency",
    summary: "slow NVML calls on a GPU down",
    example: "latency --gpu 4 --delay 200ms",
    options: [
      oneGpu,
      anyFunction,
      required("--delay <duration>", "how long each call takes, such as 200ms", "delayMs", unit(parseDuration)),
    ],
  },
  {
    name: "hang",
    summary: "let NVML calls on a GPU hang until reset",
    example: "hang --gpu 5",
    options: [oneGpu, anyFunction],
  },
  { name: "lose", summary: "let a GPU fall off the bus", example: "lose --gpu 2", options: [oneGpu] },
  {
    name: "reset",
    summary: "undo the drills on a GPU, or on all",
    example: "reset --gpu 5",
    options: [{ ...oneGpu, byDefault: "all" }],
  },
];

/** `drill`: changes the simulated GPUs of a running `serve --simulate`, through its admin listener. */
export function drillCommand(): Command {
  const examples = kinds.map(({ example }) => `  $ gpu-health drill ${example}`).join("\n");
  const drill = new Command("drill")
    .description("change the simulated GPUs of a running `serve --simulate`, to rehearse a fault")
    .addHelpText("after", `\nExamples:\n${examples}`);
  for (const kind of kinds) drill.addCommand(kindCommand(kind));
  return drill;
}

function kindCommand({ name, summary, example, options }: Kind): Command {
  const command = new Command(name)
    .description(summary)
    .addHelpText("after", `\nExample:\n  $ gpu-health drill ${example}`);
  const fields = options.map(({ flags, help, field, parse, byDefault, isOptional }) => {
    const option = new Option(flags, help).argParser(parse);
    if (byDefault !== undefined) option.default(byDefault);
    else if (isOptional !== true) option.makeOptionMandatory();
    command.addOption(option);
    return { field, attribute: option.attributeName() };
  });
  const admin = new Option("--admin <address>", "the server's admin listener, HOST:PORT or unix:PATH");
  command.addOption(
    admin.env("GPU_HEALTH_ADMIN").argParser(address).default(defaultAdmin, formatAddress(defaultAdmin)),
  );
  return command.action((values: Values & { readonly admin: Address }) => {
    const body = Object.fromEntries(fields.map(({ field, attribute }) => [field, values[attribute]]));
    return send(values.admin, { kind: name, ...body });
  });
}

const defaultAdmin: Address = { kind: "tcp", host: "127.0.0.1", port: 9092 };
const timeoutMs = 5000;

async function send(admin: Address, drill: Values): Promise<void> {
  const where = formatAddress(admin);
  let answer: Answer;
  try {
    answer = await post(admin, "/admin/drill", JSON.stringify(drill));
  } catch (error) {
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

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** Not with `fetch`, which knows no Unix sockets. */
function post(to: Address, path: string, body: string): Promise<Answer> {
  const target = to.kind === "unix" ? { socketPath: to.path } : { host: to.host, port: to.port };
  const headers = { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request({ ...target, path, method: "POST", headers, signal }, (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode, body: text }), reject);
    });
    outgoing.on("error", (error) => reject(signal.aborted ? new Error(`no answer in ${timeoutMs / 1000} s`) : error));
    outgoing.end(body);
  });
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

function gpuIndex(text: string): number | "all" {
  if (text === "all") return text;
  if (/^[0-9]+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected the index of a GPU, or all");
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number");
  return value;
}

function unit(parse: (text: string) => Parsed): (text: string) => number {
  return (text) => {
    const parsed = parse(text);
    if (!parsed.ok) throw new InvalidArgumentError(parsed.problem);
    return parsed.value;
  };
}
