import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { followStream } from "../../../src/cli/top/stream.js";
import { formatEvent } from "../../../src/live/event-stream.js";
import type { Known } from "../../../src/live/known.js";
import { ManualClock } from "../../support/manual-clock.js";
import { statusOfSoundGpu } from "./known.js";

/** The limit only ends a test that has failed. */
const waitFor = (look: () => void): Promise<void> => vi.waitFor(look, { timeout: 30_000 });

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const event = (name: string, data: unknown): string => formatEvent({ event: name, data: JSON.stringify(data) });
const beginning = event("status", statusOfSoundGpu());

/** A server that does to each connection in turn what the test says, and a follower of it. */
async function followed(...answers: readonly ((response: ServerResponse) => void)[]) {
  let count = 0;
  const tokens: unknown[] = [];
  const server = createServer(({ headers }, response) => {
    tokens.push(headers.authorization);
    answers[count]?.(response);
    count += 1;
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const clock = new ManualClock();
  const stop = new AbortController();
  const shown: Known[] = [];
  const { port } = server.address() as AddressInfo;
  const address = { kind: "tcp", host: "127.0.0.1", port } as const;
  const ended = followStream({ address, token: "s3cret" }, clock, (known) => shown.push(known), stop.signal);
  ended.catch(() => {});
  return { clock, stop, shown, ended, tokens, connections: () => count };
}

describe("followStream", () => {
  it("knows what the server says, and ends when it is told to", async () => {
    const { shown, stop, ended, tokens } = await followed((response) => {
      response.write(beginning);
      response.write(event("state", { message: "hello" }));
    });
    await waitFor(() => expect(shown.at(-1)?.status?.state.message).toBe("hello"));
    expect(tokens).toEqual(["Bearer s3cret"]);
    stop.abort();
    await expect(ended).resolves.toBeUndefined();
  });

  it("keeps what it knows while the connection is lost, and connects again", async () => {
    const { shown, clock, stop, connections } = await followed(
      (response) => response.end(beginning),
      (response) => response.destroy(),
      (response) => void response.write(beginning),
    );
    await waitFor(() => expect(shown.at(-1)?.lost?.problem).toBe("the server ended the connection"));
    expect(shown.at(-1)?.status?.state.server.hostname).toBe("node-7");
    clock.advance(500);
    await waitFor(() => expect(shown.at(-1)?.lost?.problem).toBe("the server closed the connection"));
    expect(connections()).toBe(2);
    clock.advance(1000);
    await waitFor(() => expect(shown.at(-1)?.lost).toBeUndefined());
    stop.abort();
  });

  it("opens a stream again at once that ended in good order after a while, and calls nothing lost", async () => {
    const responses: ServerResponse[] = [];
    const keep = (response: ServerResponse): void => {
      responses.push(response);
      response.write(beginning);
    };
    const { shown, clock, stop, connections } = await followed(keep, keep);
    await waitFor(() => expect(shown).toHaveLength(1));
    clock.advance(3000);
    responses[0]?.write(event("state", {}));
    await waitFor(() => expect(shown).toHaveLength(2));
    clock.advance(3000);
    responses[0]?.end();
    await waitFor(() => expect(shown).toHaveLength(3));
    expect(connections()).toBe(2);
    expect(shown.some(({ lost }) => lost !== undefined)).toBe(false);
    stop.abort();
  });

  it("takes silence for a lost connection", async () => {
    const { shown, clock, stop } = await followed((response) => void response.write(beginning));
    await waitFor(() => expect(shown).toHaveLength(1));
    clock.advance(3999);
    expect(shown).toHaveLength(1);
    clock.advance(1);
    await waitFor(() => expect(shown.at(-1)?.lost?.problem).toBe("the server says nothing any more"));
    stop.abort();
  });

  it.each([
    [401, "it needs a token"],
    [403, "may not read details"],
    [404, "is it the HTTP listener"],
    [503, "as many viewers as there may be"],
  ])("rejects where the server answers %d at the start", async (status, words) => {
    const { ended } = await followed((response) => response.writeHead(status).end());
    await expect(ended).rejects.toThrow(words);
  });

  it("rejects where nobody is there at the start, and tries again later on", async () => {
    const { ended } = await followed((response) => response.destroy());
    await expect(ended).rejects.toThrow("the server closed the connection");
  });

  it("loses a server that sends something else", async () => {
    const { ended } = await followed((response) => void response.write("event: state\ndata: {\n\n"));
    await expect(ended).rejects.toThrow("no stream of events");
  });
});
