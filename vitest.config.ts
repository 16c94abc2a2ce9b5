import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      // Time-outs only end a test that has failed: on a busy machine anything takes ten times as long.
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "test/native/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        test: {
          name: "native",
          include: ["test/native/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/support/build.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // They wait for servers and clocks more than they compute. After the others, which do the reverse.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
