import { connect } from "node:net";
import type { z } from "zod";
import { type Address, formatAddress } from "../../core/address.js";
import { healthy, present, type Result } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { type CheckContext, defineCheckType } from "../check-type.js";
import { deadlineError, networkError } from "../common/network-error.js";
import { mapping, remoteAddress } from "../options.js";

const options = mapping({
  address: remoteAddress().describe("What to connect to: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`."),
});

type Options = z.output<typeof options>;

export const tcp = defineCheckType<Options>({
  type: "tcp",
  summary: "Something accepts connections at the address. Nothing is sent.",
  options,
  readings: {
    connectSeconds: { metric: "tcp_connect", unit: "seconds", help: "Time until the connection stood, DNS included." },
  },
  create: ({ address }, { clock }) => ({ run: (signal) => connectOnce(address, clock, signal) }),
});

function connectOnce(address: Address, clock: CheckContext["clock"], signal: AbortSignal): Promise<Result> {
  const where = formatAddress(address);
  const startedAtMs = clock.nowMs();
  const elapsedMs = () => clock.nowMs() - startedAtMs;
  return new Promise((resolve, reject) => {
    const socket = connect(
      address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port },
    );
    const onAbort = () => {
      socket.destroy();
      reject(deadlineError(where, "no connection", elapsedMs()));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const end = () => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
    };
    socket.once("connect", () => {
      const tookMs = elapsedMs();
      end();
      const readings = { connectSeconds: present(tookMs / 1000) };
      resolve(healthy(`${where} accepted a connection in ${formatDuration(tookMs)}`, readings));
    });
    socket.on("error", (error) => {
      end();
      reject(networkError(error, where, elapsedMs()));
    });
  });
}
