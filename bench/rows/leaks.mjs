// What 100,000 runs of cheap checks leave behind: sockets, children, timers, listeners, memory.

import { cheapChecks, withConfiguration } from "../checks/configuration.mjs";
import { growth, simulate, withTargets } from "../checks/programs.mjs";
import { under } from "../harness/targets.mjs";
import { ourName } from "../peers/index.mjs";

const sizes = {
  full: { secondsBetweenLooks: 20, looks: 50 },
  quick: { secondsBetweenLooks: 20, looks: 10 },
};

export const leaks = {
  name: "checks-leaks",
  title: "100,000 runs that pass, are refused and hang",
  peers: [ourName],
  rounds: () => 1,
  metrics: {
    runs: { label: "runs", digits: 0 },
    openFiles: { label: "open files more than at first, afterwards", digits: 0, target: under(1) },
    leftOver: { label: "sockets, children, timers, warnings, afterwards", digits: 0, target: under(1) },
    heapGrowthMB: { label: "live heap, growth from second to last fifth, MB", digits: 2, target: under(1) },
    residentGrowthMB: { label: "RSS, the same, MB", digits: 1, target: under(10) },
  },

  measure: (_peer, size) =>
    withTargets((addresses) =>
      withConfiguration(cheapChecks(addresses), async (file) => {
        const { looks, stopped } = await simulate(file, sizes[size]);
        return {
          runs: looks.at(-1).runs,
          openFiles: Math.max(0, stopped.openFiles - stopped.openFilesAtFirst),
          leftOver: (stopped.resources.TCPSocketWrap ?? 0) + stopped.children + stopped.timers + stopped.warnings,
          heapGrowthMB: growth(looks, "heapBytes") / 1e6,
          residentGrowthMB: growth(looks, "residentBytes") / 1e6,
        };
      }),
    ),
};
