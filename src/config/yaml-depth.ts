import { type CST, LineCounter, Parser } from "yaml";

/**
 * Where a YAML text first nests collections deeper than `maxDepth`; undefined where it never does. Recurses nowhere, for
 * all that comes after does: it would run out of stack on a file made for that, which ends the whole process.
 */
export function tooDeepAt(text: string, maxDepth: number): { line: number; col: number } | undefined {
  const lineCounter = new LineCounter();
  const pending = [...new Parser(lineCounter.addNewLine).parse(text)].reverse().map((token) => ({ token, depth: 0 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return lineCounter.linePos(token.offset);
    for (const child of children(token).reverse()) pending.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function children(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value].filter((child) => child !== null && child !== undefined));
}
