import type { ServeOptions } from "../cli/serve.js";
import { systemClock } from "../core/clock.js";
import { loadAddon } from "../gpu/addon.js";
import { exitNow } from "../gpu/exit-now.js";
import { parseFleet, Simulator } from "../gpu/simulator.js";
import { createLogger, type Logger } from "../outputs/log/logger.js";
import { fileSignatureNow } from "./file-watch.js";
import { gracePeriodProblem } from "./grace-period.js";
import { readServeConfiguration, rereadServeConfiguration } from "./serve-configuration.js";
import { Server } from "./server.js";
import { createShutdown } from "./shutdown.js";
import { takeSystemdEnvironment } from "./systemd.js";
import { surviveUnexpectedErrors } from "./unexpected-errors.js";
import { version } from "./version.js";

const startErrorExitCode = 1;

/** Left to programs by convention. Without a listener SIGUSR2 would end this process, and SIGUSR1 open a debugger. */
const forwardedSignals = ["SIGUSR1", "SIGUSR2"] as const;

/** Runs the server until a signal ends it. A start that fails says why on standard error and exits with 1. */
export async function serve(options: ServeOptions): Promise<void> {
  const inherited = takeSystemdEnvironment();
  if (!inherited.ok) return refuse(inherited.problems);
  const { systemd } = inherited;
  const signature = options.config === undefined ? undefined : fileSignatureNow(options.config);
  const configured = await readServeConfiguration(options, systemd.sockets);
  if (!configured.ok) return refuse(configured.errors);
  const { configuration } = configured;
  const logger = createLogger({ level: configuration.log.level });
  const unexpectedErrors = surviveUnexpectedErrors(process, logger, systemClock);
  const tooShort = gracePeriodProblem(configuration.drain, process.env);
  if (tooShort !== undefined) logger.warn("grace_period_too_short", tooShort);
  let simulator: Simulator | undefined;
  let server: Server | undefined;
  // Before it listens nothing else keeps the process alive, and NVML may take its time to open.
  const awake = setInterval(() => {}, 60_000);
  const exitAtOnce = (code: number): never => {
    simulator?.stop();
    server?.killPrograms();
    return exitNow(code);
  };
  // An ordinary exit waits for the driver and for libuv's threads, and so for a file system or a name server that hangs.
  const exit = (code: number): never => (loadAddon().ok ? exitAtOnce(code) : process.exit(code));
  // Listened to from before there is a simulator, whose files a signal would leave behind.
  let onSignal: ReturnType<typeof createShutdown> = () => exitAtOnce(startErrorExitCode);
  // Before there is a server it is too early for a new configuration, and too late for the first one.
  let isReloadWanted = false;
  let onHangup = (): void => {
    isReloadWanted = true;
  };
  process.on("SIGHUP", () => onHangup());
  for (const signal of forwardedSignals) process.on(signal, () => server?.signalPrograms(signal));
  process.on("SIGTERM", () => onSignal("SIGTERM"));
  process.on("SIGINT", () => onSignal("SIGINT"));
  try {
    simulator = options.simulate === undefined ? undefined : new Simulator(parseFleet(options.simulate));
    if (simulator !== undefined) {
      process.once("exit", () => simulator?.stop());
      warnOfSimulation(simulator, logger);
    }
    const file = options.config === undefined ? undefined : { path: options.config, signature };
    server = new Server({
      configuration,
      logger,
      simulator,
      file,
      read: () => rereadServeConfiguration(options, systemd.sockets),
      unexpectedErrors: unexpectedErrors.count,
      systemd,
      node: options.node,
    });
    onSignal = createShutdown({ server, logger, clock: systemClock, exit, exitNow: exitAtOnce });
    const addresses = await server.start();
    const message = `gpu-health ${version} listens: gRPC ${addresses.grpc}, HTTP ${addresses.http}, admin ${addresses.admin}`;
    logger.info("ready", message, { ...addresses, version, pid: process.pid, simulated: simulator !== undefined });
    const started = server;
    onHangup = () => void started.reload("SIGHUP");
    if (isReloadWanted) onHangup();
  } catch (error) {
    await logger.flush(flushMs);
    complain([error instanceof Error ? error.message : String(error)]);
    exit(startErrorExitCode);
  } finally {
    clearInterval(awake);
  }
}

const flushMs = 200;

function refuse(errors: readonly string[]): never {
  complain(errors);
  process.exit(startErrorExitCode);
}

function complain(errors: readonly string[]): void {
  for (const error of errors) console.error(`gpu-health: ${error}`);
}

function warnOfSimulation({ fleet, stateFile }: Simulator, logger: Logger): void {
  const { model, count } = fleet;
  logger.warn(
    "simulated",
    `the GPUs are SIMULATED: ${count} of model ${model}; nothing here says anything of real ones`,
    {
      model,
      count,
      stateFile,
    },
  );
}
