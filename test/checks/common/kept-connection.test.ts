import { describe, expect, it } from "vitest";
import { type Connection, KeptConnection } from "../../../src/checks/common/kept-connection.js";

class Fake implements Connection {
  isOpen = true;
  closed = 0;
  close(): void {
    this.isOpen = false;
    this.closed += 1;
  }
}

describe("a kept connection", () => {
  const signal = new AbortController().signal;
  const timedOut = () => new Error("deadline");
  const setUp = () => {
    const opened: Fake[] = [];
    const connection = new KeptConnection(async () => {
      const fake = new Fake();
      opened.push(fake);
      return fake;
    });
    return { opened, connection };
  };

  it("is used again, and closed at the end", async () => {
    const { opened, connection } = setUp();
    for (let run = 0; run < 3; run++) expect(await connection.use(signal, timedOut, async () => run)).toBe(run);
    expect(opened).toHaveLength(1);
    connection.stop();
    expect(opened[0]?.closed).toBe(1);
  });

  it("is made anew after an error, which is told", async () => {
    const { opened, connection } = setUp();
    const broken = connection.use(signal, timedOut, () => Promise.reject(new Error("no")));
    await expect(broken).rejects.toThrow("no");
    await connection.use(signal, timedOut, async () => 1);
    expect(opened.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  it("is made anew at once where it was lost between two runs, seen or not", async () => {
    const { opened, connection } = setUp();
    await connection.use(signal, timedOut, async () => 1);
    if (opened[0] !== undefined) opened[0].isOpen = false;
    await connection.use(signal, timedOut, async () => 2);
    const work = async (fake: Fake) => {
      if (fake === opened[1]) {
        fake.isOpen = false;
        throw new Error("lost");
      }
      return 3;
    };
    expect(await connection.use(signal, timedOut, work)).toBe(3);
    expect(opened).toHaveLength(3);
  });

  it("is closed at the deadline, and not tried again", async () => {
    const { opened, connection } = setUp();
    const deadline = new AbortController();
    await connection.use(signal, timedOut, async () => 1);
    const hanging = connection.use(deadline.signal, timedOut, () => new Promise<never>(() => {}));
    deadline.abort();
    await expect(hanging).rejects.toThrow("deadline");
    expect(opened.map(({ isOpen }) => isOpen)).toEqual([false]);
  });
});
