import {
  type Alias,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import type { Path, Problem } from "./problem.js";
import { tooDeepAt } from "./yaml-depth.js";

/** Counted from 1, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlError extends Position {
  readonly message: string;
}

export interface ParsedYaml {
  /** The whole as plain values; undefined where the syntax is too broken to go on. */
  readonly value: { readonly plain: unknown } | undefined;
  readonly errors: readonly YamlError[];
  /** Where a problem is; where something is missing, the key that should have it. */
  locate(problem: Pick<Problem, "path" | "at">): Position;
}

/** Values that the aliases of one anchor may stand for: hundreds of checks share a mapping, and a bomb needs far more. */
const maxAliasCount = 1000;

/** Values of one document, each as often as it stands somewhere: twice what a file of the largest size can write out. */
const maxValues = 1_000_000;

/** Mappings and lists inside each other. A configuration needs five. */
const maxDepth = 50;

/** Reads one YAML 1.2 document, with merge keys. Every syntax error is reported, not the first one only. */
export function parseYaml(text: string): ParsedYaml {
  const lineCounter = new LineCounter();
  // Not left to the parser, which leaves out the ends of lines in what it can make no sense of.
  lineCounter.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lineCounter.addNewLine(index + 1);
  const toPosition = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const tooDeep = tooDeepAt(text, maxDepth);
  if (tooDeep !== undefined) {
    return unreadable({ line: tooDeep.line, column: tooDeep.col }, `nested more than ${maxDepth} levels deep`);
  }
  const document = parseDocument(text, {
    prettyErrors: false,
    stringKeys: true,
    merge: true,
    resolveKnownTags: false,
    logLevel: "error",
  });
  const found = withoutRest([...document.errors, ...document.warnings]);
  const errors = [
    ...found.map(({ code, message, pos }) => ({ ...toPosition(pos[0]), message: explain(code, message) })),
    ...danglingAliases(document).map(({ source, range }) => ({
      ...toPosition(range?.[0] ?? 0),
      message: `no anchor &${source} stands before this alias`,
    })),
  ];
  // The values of a document with a key twice can be checked all the same; any other error leaves them in doubt.
  const isReadable = errors.length === found.filter(({ code }) => code === "DUPLICATE_KEY").length;
  if (!isReadable) return { value: undefined, errors, locate: () => start };
  const plain = toPlain(document);
  if (!plain.ok) return unreadable(plain.at === undefined ? start : toPosition(plain.at), plain.problem);
  return {
    value: { plain: plain.value },
    errors,
    locate: ({ path, at }) => toPosition(offsetOf(document.contents, path, at, (alias) => alias.resolve(document))),
  };
}

const start: Position = { line: 1, column: 1 };

const unreadable = (position: Position, message: string): ParsedYaml => ({
  value: undefined,
  errors: [{ ...position, message }],
  locate: () => start,
});

/** After what ends a document too early, such as one `]` too many, each token of the rest is an error of its own. */
const endsTooEarly = /^Unexpected .* token in YAML stream: (.*)$/s;

function withoutRest<E extends { readonly message: string }>(errors: readonly E[]): readonly E[] {
  const first = errors.findIndex(({ message }) => endsTooEarly.test(message));
  return errors.filter(({ message }, index) => index <= first || !endsTooEarly.test(message));
}

function explain(code: ErrorCode, message: string): string {
  const [, early] = endsTooEarly.exec(message) ?? [];
  if (early !== undefined) return `${early} does not belong here: nothing from here on was read`;
  if (code === "DUPLICATE_KEY") return "this key is there twice in the same mapping";
  if (code === "NON_STRING_KEY") return "a key is a plain word or a text in quotes";
  if (code === "MULTIPLE_DOCS") return "a second document starts here: a configuration is one document";
  return message.charAt(0).toLowerCase() + message.slice(1).replaceAll("\n", " ");
}

function danglingAliases(document: Document): readonly Alias[] {
  const anchors = new Set<string>();
  const dangling: Alias[] = [];
  visit(document, (_key, node) => {
    if (isAlias(node)) {
      if (!anchors.has(node.source)) dangling.push(node);
    } else if (isNode(node) && node.anchor !== undefined) {
      anchors.add(node.anchor);
    }
  });
  return dangling;
}

type Plain =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string; readonly at?: number | undefined };

function toPlain(document: Document): Plain {
  try {
    const value: unknown = document.toJS({ maxAliasCount });
    const found = look(value, [], { left: maxValues });
    if (found === "fine") return { ok: true, value };
    if (found === "circular") return { ok: false, problem: "an alias stands inside of what it is an alias of" };
    const problem = `with what its aliases stand for the file has more than ${maxValues} values: write less of it by aliases`;
    return { ok: false, problem, at: mostUsedAlias(document) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/^Excessive alias count/.test(message)) {
      const problem = `the aliases of one anchor stand for more than ${maxAliasCount} values: write some of them out`;
      return { ok: false, problem, at: mostUsedAlias(document) };
    }
    if (/^Merge sources/.test(message)) {
      return { ok: false, problem: "only mappings can be merged with <<", at: badMerge(document) };
    }
    return { ok: false, problem: `the aliases of the file cannot be followed: ${message}` };
  }
}

/** Where the last alias of the anchor is that has most of them. */
function mostUsedAlias(document: Document): number | undefined {
  const uses = new Map<string, { readonly count: number; readonly last: Alias }>();
  visit(document, {
    Alias(_key, alias) {
      uses.set(alias.source, { count: (uses.get(alias.source)?.count ?? 0) + 1, last: alias });
    },
  });
  const [most] = [...uses.values()].sort((a, b) => b.count - a.count);
  return most?.last.range?.[0];
}

function badMerge(document: Document): number | undefined {
  let at: number | undefined;
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || String(key.value) !== "<<") return undefined;
      const sources = isSeq(value) ? value.items : [value];
      const isBad = sources.some((each) => !isMap(isAlias(each) ? each.resolve(document) : each));
      if (!isBad) return undefined;
      at = key.range?.[0];
      return visit.BREAK;
    },
  });
  return at;
}

/** Looks at each value as often as aliases stand for it, as all do that comes after. */
function look(
  value: unknown,
  ancestors: readonly unknown[],
  budget: { left: number },
): "fine" | "circular" | "too many" {
  budget.left -= 1;
  if (budget.left < 0) return "too many";
  if (typeof value !== "object" || value === null) return "fine";
  if (ancestors.includes(value)) return "circular";
  const within = [...ancestors, value];
  for (const child of Object.values(value)) {
    const found = look(child, within, budget);
    if (found !== "fine") return found;
  }
  return "fine";
}

type ResolveAlias = (alias: Alias) => Node | undefined;

function offsetOf(root: Node | null, path: Path, at: Problem["at"], resolve: ResolveAlias): number {
  let node = root;
  let offset = startOf(root) ?? 0;
  for (const [depth, part] of path.entries()) {
    const collection = isAlias(node) ? resolve(node) : node;
    const isLast = depth === path.length - 1;
    if (isMap(collection)) {
      const pair = collection.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = isNode(pair.value) ? pair.value : null;
      if (isLast && at === "value") return isEmpty(node) ? offset : (startOf(node) ?? offset);
    } else if (isSeq(collection) && typeof part === "number") {
      const item = collection.items[part];
      if (!isNode(item)) return offset;
      node = item;
      offset = startOf(item) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** `key:` with nothing after it has a value of no length, at a place where nobody would look. */
const isEmpty = (node: Node | null): boolean => isScalar(node) && node.range?.[0] === node.range?.[1];
