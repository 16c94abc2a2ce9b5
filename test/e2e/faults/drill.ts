import { vi } from "vitest";
import { drillCommand } from "../../../src/cli/drill.js";
import { request } from "../support/http.js";
import type { Server } from "../support/program.js";

/**
 * A line of the matrix, `drill xid 79 --gpu 3` or `POST /admin/…`, as an operator would give it. The command runs in this
 * process, so that the start of another one is not in the times that are measured.
 */
export async function operate(server: Server, line: string): Promise<void> {
  const [first = "", ...args] = line.split(" ");
  if (first === "POST") {
    const { status, text } = await request(server.admin, "POST", args.join(" "));
    if (status !== 200) throw new Error(`${line}: ${status} ${text}`);
    return;
  }
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "log").mockImplementation(() => {});
  await drillCommand()
    .exitOverride()
    .parseAsync([...args, "--admin", server.admin], { from: "user" });
  if (process.exitCode === undefined) return;
  process.exitCode = undefined;
  throw new Error(`${line}: ${said.mock.calls.join("\n")}`);
}
