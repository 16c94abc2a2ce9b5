import { describe, expect, it } from "vitest";
import { type Environment, readSystemdEnvironment } from "../../../src/outputs/systemd/environment.js";

const pid = 4711;
const read = (environment: Environment) => readSystemdEnvironment(environment, pid);

describe("readSystemdEnvironment", () => {
  it("finds nothing where there is no systemd", () => {
    expect(read({})).toEqual({ ok: true, systemd: { sockets: [] } });
    expect(read({ NOTIFY_SOCKET: "" })).toEqual({ ok: true, systemd: { sockets: [] } });
  });

  it("takes the notification socket, also an abstract one", () => {
    for (const socket of ["/run/systemd/notify", "@gpu-health"]) {
      expect(read({ NOTIFY_SOCKET: socket })).toEqual({ ok: true, systemd: { notifySocket: socket, sockets: [] } });
    }
    expect(read({ NOTIFY_SOCKET: "vsock:2:1234" })).toEqual({
      ok: false,
      problems: ['NOTIFY_SOCKET is "vsock:2:1234": only Unix sockets are known, /PATH or @NAME'],
    });
  });

  it("takes the watchdog's time, unless it is another process's", () => {
    const watchdogMs = (environment: Environment) => {
      const outcome = read(environment);
      return outcome.ok ? outcome.systemd.watchdogMs : outcome.problems;
    };
    expect(watchdogMs({ WATCHDOG_USEC: "30000000" })).toBe(30_000);
    expect(watchdogMs({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "4711" })).toBe(30_000);
    expect(watchdogMs({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" })).toBeUndefined();
    for (const nonsense of ["0", "-1", "soon", ""]) expect(watchdogMs({ WATCHDOG_USEC: nonsense })).toBeUndefined();
  });

  it("takes the sockets by their names, from file descriptor 3 on", () => {
    const outcome = read({ LISTEN_PID: "4711", LISTEN_FDS: "3", LISTEN_FDNAMES: "http:grpc:grpc" });
    expect(outcome).toEqual({
      ok: true,
      systemd: {
        sockets: [
          { fileDescriptor: 3, name: "http" },
          { fileDescriptor: 4, name: "grpc" },
          { fileDescriptor: 5, name: "grpc" },
        ],
      },
    });
  });

  it("leaves another process's sockets alone", () => {
    for (const LISTEN_PID of ["1", undefined]) {
      expect(read({ LISTEN_PID, LISTEN_FDS: "1", LISTEN_FDNAMES: "grpc" })).toEqual({
        ok: true,
        systemd: { sockets: [] },
      });
    }
  });

  it("says of each socket without a name of ours what its unit needs", () => {
    expect(read({ LISTEN_PID: "4711", LISTEN_FDS: "2", LISTEN_FDNAMES: "gpu-health.socket" })).toEqual({
      ok: false,
      problems: [
        'systemd hands over a socket with "gpu-health.socket": its socket unit needs FileDescriptorName=, one of grpc, http, admin',
        "systemd hands over a socket with no name: its socket unit needs FileDescriptorName=, one of grpc, http, admin",
      ],
    });
  });
});
