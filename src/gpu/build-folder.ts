/**
 * Where the build puts the native parts. Every module of `src/gpu/`, of `dist/gpu/` and of the bundled `dist/program/`
 * is two folders below the package's root, so one relative path is right for all three.
 */
export const buildFolder = new URL("../../build/Release/", import.meta.url);
