import { existsSync } from "node:fs";

/** Every module of `src/gpu/`, of `dist/gpu/` and of the bundled `dist/program/` is two folders below the package's
 *  root, so one relative path is right for all three. */
const root = new URL("../../", import.meta.url);

const compiled = new URL("build/Release/", root);
const prebuilt = new URL(`prebuilds/${process.platform}-${process.arch}/`, root);

const isThere = (folder: URL): boolean => existsSync(new URL("gpu_health.node", folder));

/**
 * Where the native parts lie: as they were compiled on this machine, else as the package brought them. Found here and not
 * by the install script, since many install with `--ignore-scripts`.
 */
export const buildFolder = [compiled, prebuilt].find(isThere) ?? compiled;
