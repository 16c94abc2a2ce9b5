import { type Block, renderBlock } from "./block.js";
import type { Plan } from "./presets.js";

/** The text of a configuration file. `missingDriver` gives the command that installs what a type needs and lacks. */
export function renderPlan(plan: Plan, missingDriver: (type: string) => string | undefined): string {
  const { purpose, notes, checks, component, httpListen } = plan;
  const blocks = checks.map((block) => renderBlock(block, missingDriver(block.type)).map((line) => `  ${line}`));
  const lines = [
    `# ${purpose}`,
    ...notes.flatMap(comment),
    "#",
    "# Every option is in docs/configuration.md and docs/checks.md. To see whether this file is right, and to use it:",
    "#   gpu-health validate gpu-health.yaml",
    "#   gpu-health serve -c gpu-health.yaml",
    "",
    ...(httpListen === undefined
      ? []
      : ["http:", `  listen: "${httpListen}" # Milvus has port 9091, the default, to itself`, ""]),
    "gpu:",
    "  mode: auto # `required`: do not start where there is no NVIDIA driver",
    "",
    "checks:",
    ...(blocks.length === 0 ? ["  {}"] : blocks.flatMap((block, index) => (index === 0 ? block : ["", ...block]))),
    "",
    "components:",
    "  # gRPC clients ask for this name; the empty name, which Kubernetes asks for, is the sum of all.",
    `  ${component.name}:`,
    `    description: ${component.description}`,
    `    critical: [${names(checks, "critical")}] # any of them down: no traffic`,
    `    optional: [${names(checks, "optional")}] # any of them down: degraded, traffic goes on`,
  ];
  return `${lines.join("\n")}\n`;
}

const names = (checks: readonly Block[], importance: Block["importance"]): string =>
  checks
    .filter((block) => block.importance === importance)
    .map(({ name }) => name)
    .join(", ");

/** As many lines of a comment as the text needs: whoever reads the file should not have to scroll sideways. */
function comment(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || longer.length > maxCommentLength) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => `# ${line}`.trimEnd());
}

const maxCommentLength = 100;
