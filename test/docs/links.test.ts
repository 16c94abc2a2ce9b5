import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));

const read = (path: string): string => readFileSync(join(root, path), "utf8");

const withoutCodeBlocks = (markdown: string): string => markdown.replaceAll(/^(`{3,}|~{3,}).*?^\1/gms, "");

/**
 * What GitHub makes of each heading, `#one-cause-is-one-alert`, with a number where it comes again; and anchors that are
 * written as HTML.
 */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set([...markdown.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = ""]) => id));
  for (const [, heading = ""] of withoutCodeBlocks(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    let unique = anchor;
    for (let again = 1; anchors.has(unique); again += 1) unique = `${anchor}-${again}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The targets of links and images in the text, without those in code. */
function linksIn(markdown: string): readonly string[] {
  const text = withoutCodeBlocks(markdown).replaceAll(/`[^`\n]*`/g, "code");
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
}

/** Why the link leads nowhere; undefined where it does not. */
function problemOf(from: string, link: string): string | undefined {
  if (/^[a-z]+:/i.test(link)) return undefined;
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : normalize(join(dirname(from), decodeURIComponent(path)));
  if (!existsSync(join(root, target))) return `${from}: ${link}: there is no ${target}`;
  if (anchor === undefined || !target.endsWith(".md") || anchorsOf(read(target)).has(anchor)) return undefined;
  return `${from}: ${link}: ${target} has nothing of that name`;
}

it("knows how a link can lead nowhere", () => {
  expect(problemOf("docs/prometheus.md", "runbooks.md#gpuhealthgpufault")).toBeUndefined();
  expect(problemOf("docs/prometheus.md", "runbooks.md#no-such-alert")).toContain("nothing of that name");
  expect(problemOf("docs/prometheus.md", "no-such-page.md")).toContain("there is no docs/no-such-page.md");
});

it("every link between the documents leads somewhere", () => {
  expect(documents.length).toBeGreaterThan(20);
  const links = documents.flatMap((from) => linksIn(read(from)).map((link) => ({ from, link })));
  expect(links.length).toBeGreaterThan(100);
  expect(links.map(({ from, link }) => problemOf(from, link)).filter((problem) => problem !== undefined)).toEqual([]);
});

it("docs/README.md leads to every page beside and below it", () => {
  const index = "docs/README.md";
  const targets = linksIn(read(index)).map((link) => normalize(join(dirname(index), link.split("#")[0] ?? "")));
  const pages = documents.filter((path) => path.startsWith("docs/") && path !== index);
  expect(pages.filter((path) => !targets.includes(path))).toEqual([]);
});
