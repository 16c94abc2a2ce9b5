import { fileURLToPath } from "node:url";

const root = new URL("../../../", import.meta.url);

/** The absolute path of something in the repository, given relative to its root. */
export const inRepository = (path: string): string => fileURLToPath(new URL(path, root));

/** The built program, as a user starts it. */
export const programPath = inRepository("dist/program/main.js");

/** The simulated NVML library that the native build makes. */
export const simulatorPath = inRepository("build/Release/simulator/libnvidia-ml.so.1");
