/** What systemd says to a service that it starts: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3). */
export interface SystemdEnvironment {
  /** The Unix socket that takes news of the service, `/PATH` or `@NAME`; undefined: nobody wants any. */
  readonly notifySocket?: string;
  /** Without a sign of life for this long systemd ends the service, in milliseconds; undefined: it does not. */
  readonly watchdogMs?: number;
  /** The listening sockets that it hands over, in their order. */
  readonly sockets: readonly InheritedSocket[];
}

export interface InheritedSocket {
  readonly fileDescriptor: number;
  /** `FileDescriptorName=` of its socket unit. */
  readonly name: ListenerName;
}

export type ListenerName = "grpc" | "http" | "admin";
const listenerNames: readonly ListenerName[] = ["grpc", "http", "admin"];

export type Read =
  | { readonly ok: true; readonly systemd: SystemdEnvironment }
  | { readonly ok: false; readonly problems: readonly string[] };

/** sd_listen_fds(3): the first one that is handed over. */
const firstFileDescriptor = 3;

/** Variables that are meant for this process alone: its children must not take them for theirs. */
export const systemdVariables = [
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
  "LISTEN_FDS",
  "LISTEN_FDNAMES",
  "LISTEN_PID",
] as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads it for the process `pid`, or says in a sentence for each thing what cannot be done as it is asked. */
export function readSystemdEnvironment(environment: Environment, pid: number): Read {
  const problems: string[] = [];
  const notifySocket = readNotifySocket(environment.NOTIFY_SOCKET, problems);
  const watchdogMs = readWatchdog(environment, pid);
  const sockets = readSockets(environment, pid, problems);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    systemd: {
      ...(notifySocket === undefined ? {} : { notifySocket }),
      ...(watchdogMs === undefined ? {} : { watchdogMs }),
      sockets,
    },
  };
}

function readNotifySocket(value: string | undefined, problems: string[]): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (/^[/@]./.test(value)) return value;
  problems.push(`NOTIFY_SOCKET is ${JSON.stringify(value)}: only Unix sockets are known, /PATH or @NAME`);
  return undefined;
}

function readWatchdog({ WATCHDOG_USEC, WATCHDOG_PID }: Environment, pid: number): number | undefined {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  const microseconds = countIn(WATCHDOG_USEC);
  return microseconds === undefined || microseconds === 0 ? undefined : microseconds / 1000;
}

function readSockets(
  { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES }: Environment,
  pid: number,
  problems: string[],
): readonly InheritedSocket[] {
  const count = countIn(LISTEN_FDS);
  // Another process's variables, inherited on the way here: its sockets are not ours.
  if (LISTEN_PID !== String(pid) || count === undefined) return [];
  const names = (LISTEN_FDNAMES ?? "").split(":");
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const name = listenerNames.find((known) => known === names[index]);
    if (name !== undefined) return [{ fileDescriptor: firstFileDescriptor + index, name }];
    const given = names[index] === undefined || names[index] === "" ? "no name" : JSON.stringify(names[index]);
    problems.push(
      `systemd hands over a socket with ${given}: its socket unit needs FileDescriptorName=, one of ${listenerNames.join(", ")}`,
    );
    return [];
  });
}

const countIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
