// 5. What sampling costs on this machine.

import { differs, ms, ok } from "../harness/findings.mjs";
import { costsOf, loopToleranceMs, percent } from "../harness/server-cost.mjs";

const intervals = { "1 Hz": "1s", "10 Hz": "100ms" };

export const cost = {
  name: "cost",
  title: "Cost of sampling",

  async run(context) {
    const costs = await costsOf(context, intervals, context.seconds);
    const each = (show) => Object.entries(costs).map(([mode, values]) => `${mode} ${show(values)}`);
    const delayMs = Math.max(...Object.values(costs).map(({ loopP99Ms }) => loopP99Ms)) - costs.off.loopP99Ms;
    const { sampleMs, inspectionMs } = costs["1 Hz"];
    return [
      ok("NVML's part", `a sample of one GPU takes ${ms(sampleMs)}, an inspection ${ms(inspectionMs)}`),
      ok("CPU of the whole server, of one core", each(({ cpuRatio }) => percent(cpuRatio)).join(", "), costs),
      (delayMs <= loopToleranceMs ? ok : differs)(
        "delay of the event loop, 99th percentile",
        `${each(({ loopP99Ms }) => ms(loopP99Ms)).join(", ")}; ${loopToleranceMs} ms over off are allowed`,
      ),
    ];
  },
};
