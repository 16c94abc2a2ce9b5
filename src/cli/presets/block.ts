/** One check of a configuration that is to be written, with all that is to be said about it. */
export interface Block {
  /** The check's name. */
  readonly name: string;
  readonly type: string;
  /** Whether traffic needs it, or is better with it. */
  readonly importance: "critical" | "optional";
  /** Why it is there, and what to look at; a comment above it. */
  readonly comment: readonly string[];
  /** The options below `type`, as lines of YAML. A line that begins with `#` is one to think about. */
  readonly options: readonly string[];
  /** What its port is, for a type that needs a package: without the package only the port is checked. */
  readonly address?: string;
}

/** A text as YAML takes it, whatever is in it; `${` would be an environment variable. */
export const quoted = (text: string): string => JSON.stringify(text).replaceAll("${", () => "$${");

/** The lines of a check. `install`: the command that installs what its type needs, where that is missing. */
export function renderBlock(block: Block, install: string | undefined): readonly string[] {
  const { name, type, address, options } = block;
  const lines = [`type: ${type}`, ...options];
  if (install === undefined || address === undefined) return check(block.comment, name, lines);
  return check(
    [
      ...block.comment,
      `Until the package of type ${type} is installed, this only connects to the port:`,
      `  ${install}`,
      "Then replace the two lines below by those in comments.",
    ],
    name,
    ["type: tcp", `address: ${quoted(address)}`, ...lines.map((line) => `# ${line}`)],
  );
}

const check = (comment: readonly string[], name: string, lines: readonly string[]): readonly string[] => [
  ...comment.map((line) => `# ${line}`),
  `${name}:`,
  ...lines.map((line) => `  ${line}`),
];
