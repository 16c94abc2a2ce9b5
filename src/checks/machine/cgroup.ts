import { join } from "node:path";

/** The cgroup of this process and those above it, from the nearest to the root, as /proc/self/cgroup names them. */
export function cgroupsAbove(selfCgroup: string, version: 2 | { readonly controller: string }): readonly string[] {
  for (const line of selfCgroup.split("\n")) {
    // `0::/path` is cgroup v2, `4:memory:/path` and `3:cpu,cpuacct:/path` are v1 (cgroups(7)).
    const [hierarchy, controllers = "", ...rest] = line.split(":");
    const isMeant =
      version === 2 ? hierarchy === "0" && controllers === "" : controllers.split(",").includes(version.controller);
    // Seen from a cgroup namespace the path may start with /..
    if (isMeant) return withAncestors(join("/", rest.join(":")));
  }
  return [];
}

/** `/a/b` gives `/a/b`, `/a` and `/`. */
function withAncestors(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return [...parts.map((_, index) => `/${parts.slice(0, parts.length - index).join("/")}`), "/"];
}
