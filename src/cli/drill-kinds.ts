import {
  anyFunction,
  type DrillOption,
  duration,
  flag,
  nameOrNumber,
  number,
  oneGpu,
  onOrOff,
  optional,
  required,
  size,
} from "./drill-options.js";

/** One kind of drill, as the command line has it. src/gpu/drill.ts has the request that it becomes. */
export interface DrillKind {
  readonly name: string;
  readonly summary: string;
  /** The arguments of an invocation, after `gpu-health drill`. */
  readonly example: string;
  readonly argument?: DrillOption;
  readonly options: readonly DrillOption[];
}

export const drillKinds: readonly DrillKind[] = [
  {
    name: "xid",
    summary: "let the driver report an XID error",
    example: "xid 79 --gpu 3",
    argument: required("<code>", "number of the XID", "code", number),
    options: [
      oneGpu,
      optional("--gpu-instance <id>", "of the MIG instance that it is about", "gpuInstance", number),
      optional("--compute-instance <id>", "of the MIG instance that it is about", "computeInstance", number),
    ],
  },
  {
    name: "memory",
    summary: "set a GPU's free memory",
    example: "memory --gpu 0 --free 300MiB",
    options: [oneGpu, required("--free <size>", "free memory, such as 300MiB", "freeBytes", size)],
  },
  {
    name: "leak",
    summary: "let a GPU's memory fill up",
    example: "leak --gpu 0 --per-second 50MiB",
    options: [
      oneGpu,
      required("--per-second <size>", "memory that is lost each second, such as 50MiB", "bytesPerSecond", size),
    ],
  },
  {
    name: "process",
    summary: "let a process hold a GPU's memory",
    example: "process --gpu 0 --pid 4711 --name python --used 120GiB",
    options: [
      oneGpu,
      required("--pid <number>", "its id", "pid", number),
      optional("--name <name>", "its name", "name", String),
      optional("--used <size>", "memory that it uses, such as 120GiB", "usedBytes", size),
      optional("--instance <index>", "the MIG instance that it runs in", "instance", number),
      flag("--gone", "it has ended, but its memory is still held", "gone"),
    ],
  },
  {
    name: "utilization",
    summary: "set a GPU's utilization",
    example: "utilization --gpu 0 --percent 97",
    options: [
      oneGpu,
      required("--percent <number>", "share of time in which kernels run, 0 to 100", "gpuPercent", number),
      optional(
        "--memory-percent <number>",
        "share of time in which memory is read or written, 0 to 100",
        "memoryPercent",
        number,
      ),
    ],
  },
  {
    name: "temperature",
    summary: "set a GPU's temperature",
    example: "temperature --gpu 1 --celsius 92",
    options: [
      oneGpu,
      optional("--celsius <number>", "of the GPU, in °C", "celsius", number),
      optional("--memory-celsius <number>", "of its memory, in °C", "memoryCelsius", number),
    ],
  },
  {
    name: "power",
    summary: "set the power that a GPU draws",
    example: "power --gpu 1 --watts 690",
    options: [oneGpu, required("--watts <number>", "power in W", "watts", number)],
  },
  {
    name: "throttle",
    summary: "let a GPU run slower, for a reason",
    example: "throttle --gpu 1 --reason hw-thermal",
    options: [
      oneGpu,
      required(
        "--reason <name>",
        "hw-slowdown, hw-thermal, sw-thermal, power-brake, power-cap, sync-boost, application-clocks, " +
          "display-clocks, idle or none",
        "reason",
        String,
      ),
    ],
  },
  {
    name: "persistence",
    summary: "turn a GPU's persistence mode on or off",
    example: "persistence --gpu 0 --mode off",
    options: [oneGpu, required("--mode <on|off>", "on, or off", "enabled", onOrOff)],
  },
  {
    name: "ecc",
    summary: "let a GPU count memory errors",
    example: "ecc --gpu 0 --uncorrected 1",
    options: [
      oneGpu,
      optional("--corrected <number>", "errors that ECC corrected", "corrected", number),
      optional("--uncorrected <number>", "errors that ECC could not correct", "uncorrected", number),
    ],
  },
  {
    name: "rows",
    summary: "let a GPU replace rows of its memory",
    example: "rows --gpu 0 --pending",
    options: [
      oneGpu,
      flag("--pending", "a row is replaced at the next reset", "pending"),
      flag("--failed", "no spare row is left", "failed"),
      optional("--uncorrectable <number>", "rows replaced for uncorrectable errors", "uncorrectable", number),
    ],
  },
  {
    name: "pages",
    summary: "let an older GPU retire pages of its memory",
    example: "pages --gpu 0 --double-bit 60",
    options: [
      oneGpu,
      flag("--pending", "a page is retired at the next reset", "pending"),
      optional("--double-bit <number>", "pages retired for double-bit errors", "doubleBit", number),
    ],
  },
  {
    name: "recovery-action",
    summary: "let a GPU ask for what would mend it",
    example: "recovery-action --gpu 1 --action reset",
    options: [
      oneGpu,
      required(
        "--action <name>",
        "none, reset, reboot, drain or drain-and-reset, or the number of one that newer drivers have",
        "action",
        nameOrNumber,
      ),
    ],
  },
  {
    name: "pcie",
    summary: "change a GPU's PCIe link",
    example: "pcie --gpu 0 --width 8",
    options: [
      oneGpu,
      optional("--width <lanes>", "lanes in use", "width", number),
      optional("--generation <number>", "generation in use", "generation", number),
      optional("--replays <number>", "packets that were sent again", "replays", number),
    ],
  },
  {
    name: "nvlink",
    summary: "break an NVLink of a GPU",
    example: "nvlink --gpu 0 --link 3 --down",
    options: [
      oneGpu,
      required("--link <number>", "number of the link", "link", number),
      flag("--down", "it is not active", "down"),
      optional("--errors <number>", "CRC errors on it", "errors", number),
    ],
  },
  {
    name: "fabric",
    summary: "change how a GPU is with the NVLink fabric",
    example: "fabric --gpu 0 --state in-progress",
    options: [
      oneGpu,
      required("--state <name>", "not-supported, not-started, in-progress or completed", "state", String),
      optional("--status <code>", "NVML return code of joining it", "status", number),
      optional("--health-mask <number>", "NVML's bit fields, such as 0x1", "healthMask", number),
    ],
  },
  {
    name: "mig",
    summary: "cut a GPU into MIG instances, or fill one",
    example: "mig --gpu 0 --instances 2",
    options: [
      oneGpu,
      optional("--instances <number>", "how many, 0 to 7; 0 turns MIG off", "instances", number),
      optional("--instance <index>", "the instance that --free is about", "instance", number),
      optional("--free <size>", "its free memory, such as 300MiB", "freeBytes", size),
    ],
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
      required("--delay <duration>", "how long each call takes, such as 200ms", "delayMs", duration),
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
    name: "remove",
    summary: "let a GPU fall off the bus, and be missing when the driver counts again",
    example: "remove --gpu 2",
    options: [oneGpu],
  },
  {
    name: "cuda",
    summary: "let CUDA fail, for the cuda check",
    example: "cuda --function cuInit --code 802",
    options: [
      {
        flags: "--function <name>",
        help: "CUDA function, or * for every one",
        field: "function",
        parse: String,
        byDefault: "cuInit",
      },
      optional("--code <number>", "its result, such as 999", "code", number),
      optional("--delay <duration>", "how long it takes, such as 200ms", "delayMs", duration),
      flag("--hang", "it does not return", "hang"),
      flag("--crash", "it ends the process", "crash"),
      flag("--wrong-result", "kernels compute wrongly", "wrongResult"),
    ],
  },
  { name: "unload-driver", summary: "unload the driver", example: "unload-driver", options: [] },
  {
    name: "reload-driver",
    summary: "load the driver anew: NVML has to be initialised again",
    example: "reload-driver",
    options: [],
  },
  {
    name: "upgrade-driver",
    summary: "load a newer driver under a running process: its library has to be loaded again",
    example: "upgrade-driver",
    options: [optional("--version <version>", "of the new driver", "version", String)],
  },
  {
    name: "reset",
    summary: "undo the drills on a GPU, or on all",
    example: "reset --gpu 5",
    options: [{ ...oneGpu, byDefault: "all" }],
  },
];
