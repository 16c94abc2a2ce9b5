import type { z } from "zod";
import { formatAddress } from "../../core/address.js";
import { healthy, present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { openSocket } from "../common/open-socket.js";
import { mapping, remoteAddress } from "../options.js";

const options = () =>
  mapping({
    address: remoteAddress().describe("What to connect to: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const tcp = defineCheck<Options>({
  type: "tcp",
  summary: "Something accepts connections at the address. Nothing is sent.",
  reasons: ["connections"],
  options,
  readings: {
    connectSeconds: { metric: "tcp_connect", unit: "seconds", help: "Time until the connection stood, DNS included." },
  },
  create: ({ address }, { clock }) => ({
    run: async (signal) => {
      const where = formatAddress(address);
      const startedAtMs = clock.nowMs();
      const socket = await openSocket({ address, where }, { clock, signal });
      socket.on("error", () => {}).destroy();
      const tookMs = clock.nowMs() - startedAtMs;
      const readings = { connectSeconds: present(tookMs / 1000) };
      return healthy(`${where} accepted a connection in ${formatDuration(tookMs)}`, readings);
    },
  }),
});
