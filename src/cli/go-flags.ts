/**
 * Go writes flags with one dash or two (`-addr=x`, `-addr x`, `--addr=x`) and booleans with a value (`-tls=false`).
 * Gives the same arguments as commander reads them. A flag that is no boolean takes the next argument as its value,
 * whatever that begins with. Single letters and everything after `--` stay as they are.
 */
export function normalizeGoFlags(args: readonly string[], booleanFlags: ReadonlySet<string>): string[] {
  const normalized: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--") return [...normalized, ...args.slice(index)];
    const [, name, value] = /^--?([A-Za-z][^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) {
      normalized.push(arg);
    } else if (booleanFlags.has(name)) {
      normalized.push(...booleanFlag(name, value));
    } else if (value !== undefined) {
      normalized.push(`--${name}=${value}`);
    } else {
      index += 1;
      const next = args[index];
      normalized.push(next === undefined ? `--${name}` : `--${name}=${next}`);
    }
  }
  return normalized;
}

/** The words of Go's strconv.ParseBool. */
const trueWords = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const falseWords = new Set(["0", "f", "F", "false", "FALSE", "False"]);

function booleanFlag(name: string, value: string | undefined): string[] {
  if (value === undefined || trueWords.has(value)) return [`--${name}`];
  // A word that is neither is left to the parser, which refuses it.
  return falseWords.has(value) ? [] : [`--${name}=${value}`];
}
