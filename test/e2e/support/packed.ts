import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRepository } from "./paths.js";
import { temporaryFolder } from "./program.js";

interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
}

const manifest = JSON.parse(readFileSync(inRepository("package.json"), "utf8")) as Manifest;

/** Packs the package as it is released, but with the native part that is built here in the place of the prebuilt one:
 *  that one takes minutes to build (`npm run test:package` is for it). Gives the tarball's path. */
export function pack(): string {
  const stage = temporaryFolder("package");
  // Whole folders: what of them is packed, npm decides by the manifest.
  const places = new Set(manifest.files.map((file) => file.split("/")[0] ?? file));
  places.delete("prebuilds");
  for (const name of [...places, "package.json", "README.md", "LICENSE"]) {
    cpSync(inRepository(name), join(stage, name), { recursive: true });
  }
  const prebuilt = join(stage, "prebuilds", `${process.platform}-${process.arch}`);
  for (const part of ["gpu_health.node", "gpu_health_cuda_probe", "simulator"]) {
    cpSync(inRepository(join("build/Release", part)), join(prebuilt, part), { recursive: true });
  }
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", stage], { cwd: stage, stdio: "pipe" });
  return join(stage, `gpu-health-${manifest.version}.tgz`);
}

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}

/** An empty folder in which the tarball is a dependency. The versions of what it depends on are those of our lock file,
 *  so that npm has them in its cache. */
export function folderWithDependency(tarball: string): string {
  const folder = temporaryFolder("installed");
  const { lockfileVersion, packages } = JSON.parse(readFileSync(inRepository("package-lock.json"), "utf8")) as Lock;
  const root = { name: "installed", dependencies: { "gpu-health": `file:${tarball}` } };
  const needed = Object.entries(packages).filter(([path, { dev, devOptional, peer }]) => {
    return path !== "" && dev !== true && devOptional !== true && peer !== true;
  });
  const lock = {
    name: "installed",
    lockfileVersion,
    packages: {
      "": root,
      "node_modules/gpu-health": {
        ...packages[""],
        devDependencies: undefined,
        resolved: `file:${tarball}`,
        hasInstallScript: true,
      },
      ...Object.fromEntries(needed),
    },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(root));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
  return folder;
}
