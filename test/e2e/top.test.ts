import { expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { request } from "./support/http.js";
import { inRepository, programPath } from "./support/paths.js";
import { type RunningProcess, start } from "./support/processes.js";
import { gpuHealth, type Server, startServingServer } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";

/** Starts `top` in a terminal. */
function topIn(
  columns: number,
  rows: number,
  server: Server,
  env: Readonly<Record<string, string>> = {},
): RunningProcess {
  const terminal = [inRepository("test/e2e/python/terminal.py"), String(columns), String(rows)];
  const command = [process.execPath, programPath, "top", server.http];
  return start(toolPath("python"), [...terminal, ...command], {
    env: { TERM: "xterm-256color", LANG: "C.UTF-8", LC_ALL: "C.UTF-8", ...env },
  });
}

/** With a sign in the place of each escape character. */
const visible = (text: string): string => text.replaceAll("\u001b", "␛");

/** What a terminal shows once it has drawn all of it: one text for each row. */
function screenOf({ stdout }: RunningProcess): readonly string[] {
  const rows: string[] = [];
  const [, ...parts] = visible(stdout).split("␛[?2026h");
  for (const update of parts.map((part) => part.split("␛[?2026l")[0] ?? "")) {
    if (update.startsWith("␛[2J")) rows.length = 0;
    for (const [, row, text] of update.matchAll(/␛\[(\d+);1H␛\[K(.*?)(?=␛\[\d+;1H|$)/gs)) {
      rows[Number(row) - 1] = (text ?? "").replaceAll(/␛\[[0-9;]*m/g, "");
    }
  }
  return rows;
}

const shows = (terminal: RunningProcess, expected: RegExp): Promise<void> =>
  eventually(() => expect(screenOf(terminal).join("\n")).toMatch(expected));

const entered = "\u001b[?1049h";
const left = "\u001b[?1049l";

describeWith(["python"], "top in a terminal", () => {
  it("follows the server, is resized, scrolls, lives through a lost connection, and leaves the terminal as it was", async () => {
    const server = await startServingServer({ simulate: "h200x2" });
    const terminal = topIn(120, 30, server);
    await shows(terminal, /READY for .*gpu\/1 ✓ healthy/s);
    expect(screenOf(terminal)).toHaveLength(30);

    await request(server.admin, "POST", "/admin/drill", { kind: "xid", gpu: 1, code: 79 });
    await shows(terminal, /NOT READY.*FAULTS\n✗ xid_79 fatal on gpu\/1.*gpu\/1 ✗ unhealthy/s);

    terminal.send("resize 50 12");
    await eventually(() => expect(screenOf(terminal)).toHaveLength(12));
    await shows(terminal, /\d more below/);
    for (const row of screenOf(terminal)) expect(row.length).toBeLessThanOrEqual(50);
    terminal.send("type G");
    await shows(terminal, /new → unknown/);
    terminal.send("type \\x1b[5~g");
    await shows(terminal, /^gpu-health/);

    server.process.signal("SIGSTOP");
    await shows(terminal, /NO CONNECTION.*old\.\s+Trying again/s);
    server.process.signal("SIGCONT");
    await eventually(() => expect(screenOf(terminal).join("\n")).not.toContain("NO CONNECTION"));

    terminal.send("type q");
    expect(await terminal.end()).toMatchObject({ code: 0 });
    expect(terminal.stdout.indexOf(entered)).toBe(0);
    expect(terminal.stdout.trimEnd().endsWith(left)).toBe(true);
  });

  it("takes Ctrl-C, has no colour with NO_COLOR, and prints once where nobody types", async () => {
    const server = await startServingServer({ simulate: "h200" });
    const terminal = topIn(100, 30, server, { NO_COLOR: "1" });
    await shows(terminal, /READY/);
    expect(visible(terminal.stdout)).not.toMatch(/␛\[[0-9;]+m/);
    terminal.send("type \\x03");
    expect(await terminal.end()).toMatchObject({ code: 0 });

    const dumb = topIn(100, 30, server, { TERM: "dumb" });
    expect(await dumb.end()).toMatchObject({ code: 0 });
    expect(visible(dumb.stdout)).toMatch(/^gpu-health .*gpu\/0 . healthy/s);
    expect(visible(dumb.stdout)).not.toContain("␛");

    const once = await gpuHealth(["top", server.http]);
    expect(once).toMatchObject({ code: 0, stderr: "" });
    expect(once.stdout).toMatch(/^gpu-health .*READY for .*gpu\/0 . healthy/s);
    expect(once.stdout).not.toContain("\u001b");
  });
});

describeWith([], "top without a server", () => {
  it("says so in one line", async () => {
    const nobody = await gpuHealth(["top", "127.0.0.1:1"]);
    expect(nobody).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "error: cannot follow 127.0.0.1:1: nobody listens there\n",
    });
    const server = await startServingServer({ simulate: "h200" });
    const wrong = await gpuHealth(["top", server.grpc]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("is this its gRPC address?");
    expect((await gpuHealth(["top", "nowhere"])).code).toBe(1);
  });
});
