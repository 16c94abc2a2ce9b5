import { z } from "zod";
import type { Clock } from "../../core/clock.js";
import { lost, present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { absolutePath, mapping, percent, size } from "../options.js";
import { type Check, CheckError, type Result } from "../result.js";
import { isReused, type OwnStart, type PidFile, readPidFile, startedAtMs } from "./pid-file.js";
import { ProcessCpu } from "./process-cpu.js";
import { lookAt, type ProcessLook, readStat } from "./process-look.js";
import { findByName, isNamed } from "./process-search.js";
import type { ProcessStat } from "./process-stat.js";
import { judgeProcesses } from "./process-verdict.js";
import { systemRoots } from "./system-files.js";
import { showUnit, unitName } from "./systemctl.js";

const options = () =>
  mapping({
    pidFile: absolutePath().optional().describe("The file in which the service writes its pid."),
    unit: z
      .string()
      .regex(unitName, { error: "expected the name of one unit, such as nginx.service" })
      .optional()
      .describe("The unit of systemd whose main process is meant."),
    name: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe("The name of the program, as `ps -e` shows it. With a pid file or a unit: that process must bear it."),
    commandLine: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe(
        "A text in the command line, to tell apart programs of one name: `vllm.entrypoints` among all `python3`.",
      ),
    minCount: z.int().min(1).default(1).describe("How many processes of the name there must be."),
    maxCpuCores: z
      .number()
      .positive()
      .optional()
      .meta({ kind: "number" })
      .describe("Cores that they use together since the last look, on average, at most."),
    maxMemory: size().optional().describe("Resident memory that they have together, at most."),
    maxThreads: z.int().min(1).optional().describe("Threads that they have together, at most."),
    maxOpenFilesUsed: percent().optional().describe("Share of the files open that a process may open, at most."),
  }).superRefine(({ pidFile, unit, name, commandLine, minCount }, context) => {
    const complain = (key: string, message: string) =>
      context.issues.push({ code: "custom", message, path: [key], input: undefined });
    const ways = [pidFile, unit, name].filter((way) => way !== undefined).length;
    if (ways === 0) complain("name", "missing: say which process, with name, pidFile or unit");
    if (pidFile !== undefined && unit !== undefined) complain("unit", "give either pidFile or unit");
    if (commandLine !== undefined && name === undefined)
      complain("commandLine", "needs the name of the program as well");
    if (minCount > 1 && (pidFile !== undefined || unit !== undefined))
      complain("minCount", "a pid file or a unit names one process");
  });

type Options = z.output<ReturnType<typeof options>>;

/** What this process may use of the system; tests give their own. */
export interface ProcessSystem {
  readonly proc: string;
  readonly ownStart: () => OwnStart | undefined;
}

export const processType = defineCheck<Options>({
  type: "process",
  summary: "A process is alive, found by its pid file, its name or its unit of systemd, and keeps its limits.",
  reasons: [
    "processes",
    "command_not_executable",
    "command_not_started",
    "systemctl_failed",
    "systemd_not_available",
    "too_many_open_files",
    "unit_not_found",
  ],
  options,
  schedule: { intervalMs: 15_000 },
  readings: {
    processCount: { metric: "process_alive", unit: "count", help: "Processes that were found alive." },
    cpuCores: {
      metric: "process_cpu_cores",
      unit: "count",
      help: "Cores that the processes used on average since the last look, 1 for one core all the time.",
    },
    residentBytes: {
      metric: "process_resident_memory",
      unit: "bytes",
      help: "Memory of the processes that is in RAM.",
    },
    threadCount: { metric: "process_threads", unit: "count", help: "Threads of the processes." },
    openFileCount: { metric: "process_open_files", unit: "count", help: "Files that the processes have open." },
    openFilesUsedRatio: {
      metric: "process_open_files_used",
      unit: "ratio",
      help: "Share of the files open that a process may open; of several processes the highest.",
    },
    ageSeconds: {
      metric: "process_age",
      unit: "seconds",
      help: "Time since the process started; of several the youngest. It goes back to 0 with a restart.",
    },
  },
  create: (given, { clock }) => new ProcessCheck(given, clock, { proc: systemRoots.proc, ownStart }),
});

/** Undefined where /proc does not show this process. */
function ownStart(): OwnStart | undefined {
  const own = readStat(systemRoots.proc, process.pid);
  if (own === undefined) return undefined;
  const byUptimeMs = Date.now() - process.uptime() * 1000;
  return { byOriginMs: performance.timeOrigin, byUptimeMs, startTicks: own.startTicks };
}

export class ProcessCheck implements Check {
  private readonly cpu = new ProcessCpu();
  /** What the pid file said at the look before, and which process had the pid then. */
  private known: (PidFile & Pick<ProcessStat, "startTicks">) | undefined;

  constructor(
    private readonly given: Options,
    private readonly clock: Clock,
    private readonly system: ProcessSystem,
  ) {}

  async run(signal: AbortSignal): Promise<Result> {
    const { label, pids } = await this.find(signal);
    const processes: ProcessLook[] = [];
    for (const pid of pids) {
      signal.throwIfAborted();
      const look = await lookAt(this.system.proc, pid);
      if (look !== undefined) processes.push(look);
    }
    const cpuCores = this.cpu.coresSinceLastLook(processes, this.clock.nowMs());
    const youngest = processes.toSorted((a, b) => b.startTicks - a.startTicks)[0];
    const own = this.system.ownStart();
    const ageMs =
      own === undefined || youngest === undefined
        ? lost
        : present(Math.max(0, this.clock.wallMs() - startedAtMs(youngest, own)));
    return judgeProcesses({ label, processes, cpuCores, ageMs }, this.given);
  }

  private async find(signal: AbortSignal): Promise<{ readonly label: string; readonly pids: readonly number[] }> {
    const { pidFile, unit, name, commandLine } = this.given;
    if (pidFile !== undefined) return this.byPidFile(pidFile);
    if (unit !== undefined) return this.byUnit(unit, signal);
    const text = commandLine === undefined ? "" : ` with ${JSON.stringify(commandLine)} in its command line`;
    return {
      label: `process ${name}${text}`,
      pids: await findByName(this.system.proc, name ?? "", commandLine, signal),
    };
  }

  private async byPidFile(path: string) {
    const file = await readPidFile(path);
    const label = `process ${file.pid} of ${path}`;
    const found = readStat(this.system.proc, file.pid);
    if (found === undefined) return { label, pids: [] };
    const own = this.system.ownStart();
    const { known } = this;
    const isOther =
      known?.pid === file.pid && known.writtenAtMs === file.writtenAtMs && known.startTicks !== found.startTicks;
    if (isOther || (own !== undefined && isReused(file, startedAtMs(found, own)))) {
      const laterMs = own === undefined ? undefined : startedAtMs(found, own) - file.writtenAtMs;
      const later =
        laterMs === undefined
          ? "later than the file was written"
          : `${formatDuration(laterMs)} after the file was written`;
      throw new CheckError({
        reason: "pid_reused",
        message: `the process of ${path} has ended: its pid ${file.pid} belongs to another one now (${found.name}), which started ${later}`,
        remedy: "start the service again",
      });
    }
    this.known = { ...file, startTicks: found.startTicks };
    await this.expectName(file.pid, label);
    return { label, pids: [file.pid] };
  }

  private async byUnit(unit: string, signal: AbortSignal) {
    const properties = await showUnit(unit, ["LoadState", "ActiveState", "MainPID"], signal);
    const pid = Number(properties.get("MainPID") ?? 0);
    const label = `main process of ${unit}`;
    if (properties.get("LoadState") === "not-found") {
      const remedy = "correct the name, or install the unit";
      throw new CheckError({ reason: "unit_not_found", message: `systemd knows no unit ${unit}`, remedy });
    }
    if (!Number.isSafeInteger(pid) || pid <= 0) {
      const message = `${unit} is ${properties.get("ActiveState") ?? "unknown"} and has no main process`;
      throw new CheckError({ reason: "process_not_running", message, remedy: `see systemctl status ${unit}` });
    }
    await this.expectName(pid, label);
    return { label, pids: [pid] };
  }

  private async expectName(pid: number, label: string): Promise<void> {
    const { name, commandLine } = this.given;
    if (name === undefined || (await isNamed(this.system.proc, pid, name, commandLine))) return;
    const found = readStat(this.system.proc, pid)?.name;
    if (found === undefined) return;
    const expected =
      commandLine === undefined ? name : `${name} with ${JSON.stringify(commandLine)} in its command line`;
    throw new CheckError({
      reason: "process_name_differs",
      message: `the ${label} is ${found}, expected ${expected}`,
      remedy: "start the service again, or correct the name",
    });
  }
}
