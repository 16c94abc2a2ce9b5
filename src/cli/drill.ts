import { Command, InvalidArgumentError, Option } from "commander";
import { type Parsed, parseDuration, parseSize } from "../core/units.js";

const unreachableExitCode = 2;
const refusedExitCode = 3;

/** `drill`: changes the simulated GPUs of a running `serve --simulate`, through its admin listener. */
export function drillCommand(): Command {
  const drill = new Command("drill")
    .description("change the simulated GPUs of a running `serve --simulate`, to rehearse a fault")
    .addHelpText(
      "after",
      "\nExamples:\n  $ gpu-health drill memory --gpu 0 --free 300MiB\n  $ gpu-health drill hang --gpu 5\n" +
        "  $ gpu-health drill return-code --gpu 3 --code 15\n  $ gpu-health drill reset",
    );
  for (const command of kinds()) drill.addCommand(command);
  return drill;
}

function kinds(): Command[] {
  return [
    kind("memory", "set a GPU's free memory", ({ gpu, free }) => ({ gpu, freeBytes: free })).requiredOption(
      "--free <size>",
      "free memory, such as 300MiB",
      unit(parseSize),
    ),
    kind("utilization", "set a GPU's utilization", ({ gpu, percent, memoryPercent }) => ({
      gpu,
      gpuPercent: percent,
      memoryPercent,
    }))
      .requiredOption("--percent <number>", "share of time in which kernels run, 0 to 100", number)
      .option("--memory-percent <number>", "share of time in which memory is used, 0 to 100", number),
    kind("temperature", "set a GPU's temperature", ({ gpu, celsius }) => ({ gpu, celsius })).requiredOption(
      "--celsius <number>",
      "temperature in °C",
      number,
    ),
    kind("power", "set the power that a GPU draws", ({ gpu, watts }) => ({ gpu, watts })).requiredOption(
      "--watts <number>",
      "power in W",
      number,
    ),
    kind("return-code", "let NVML calls on a GPU fail", ({ gpu, function: name, code }) => ({
      gpu,
      function: name,
      code,
    }))
      .option("--function <name>", "NVML function, or * for every one", "*")
      .requiredOption("--code <number>", "NVML return code, such as 999", number),
    kind("latency", "slow NVML calls on a GPU down", ({ gpu, function: name, delay }) => ({
      gpu,
      function: name,
      delayMs: delay,
    }))
      .option("--function <name>", "NVML function, or * for every one", "*")
      .requiredOption("--delay <duration>", "how long each call takes, such as 200ms", unit(parseDuration)),
    kind("hang", "let NVML calls on a GPU hang until reset", ({ gpu, function: name }) => ({
      gpu,
      function: name,
    })).option("--function <name>", "NVML function, or * for every one", "*"),
    kind("lose", "let a GPU fall off the bus", ({ gpu }) => ({ gpu })),
    kind("reset", "undo the drills on a GPU, or on all", ({ gpu }) => ({ gpu }), "all"),
  ];
}

type Values = Readonly<Record<string, unknown>>;

function kind(name: string, description: string, body: (values: Values) => Values, gpuDefault?: string): Command {
  const gpu = new Option("--gpu <index>", "index of the GPU, or all").argParser(gpuIndex);
  const command = new Command(name)
    .description(description)
    .addOption(gpuDefault === undefined ? gpu.makeOptionMandatory() : gpu.default(gpuDefault))
    .addOption(
      new Option("--admin <address>", "the server's admin listener").env("GPU_HEALTH_ADMIN").default("127.0.0.1:9092"),
    );
  return command.action((values: Values) => send(String(values.admin), { kind: name, ...body(values) }));
}

async function send(admin: string, drill: Values): Promise<void> {
  let response: Response;
  try {
    response = await fetch(`http://${admin}/admin/drill`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(drill),
      signal: AbortSignal.timeout(5000),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    console.error(`drill: cannot reach the admin listener at ${admin}: ${cause}`);
    console.error("Start a server with `gpu-health serve --simulate h200x2`, or name its admin address with --admin.");
    process.exitCode = unreachableExitCode;
    return;
  }
  const answer = await response.text();
  if (response.ok) {
    console.log(`drill ${drill.kind}: done on ${admin}`);
    return;
  }
  console.error(`drill: refused by ${admin}: ${messageIn(answer)}`);
  process.exitCode = refusedExitCode;
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
