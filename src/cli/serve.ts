import { Command, Option } from "commander";
import type { TaintRule } from "../core/node-reporting.js";

/** What the command line and the environment say; what is absent is left to the configuration. */
export interface ServeOptions {
  readonly config?: string;
  readonly grpc?: string;
  readonly http?: string;
  readonly admin?: string;
  readonly simulate?: string;
  /** A program to run and to supervise, and the component whose failures lead to its restart. */
  readonly run?: readonly string[];
  readonly component?: string;
  /** The Kubernetes node whose condition is written. */
  readonly node?: NodeOptions;
}

export interface NodeOptions {
  readonly name: string;
  /** Left out: no taint is put on the node. */
  readonly taint?: TaintRule;
  /** The folder with the token of the service account and the certificate of its cluster. */
  readonly serviceAccount: string;
}

/** `serve`: runs the server until SIGTERM or SIGINT. */
export function serveCommand(serve: (options: ServeOptions) => Promise<void>): Command {
  return addServeOptions(new Command("serve"))
    .description("run the health server")
    .addHelpText("after", "\nExample:\n  $ gpu-health serve -c gpu-health.yaml --grpc 0.0.0.0:50051")
    .action((options: ServeOptions) => serve(options));
}

/** The options of every command that serves. */
export function addServeOptions(command: Command): Command {
  return command
    .addOption(
      new Option("-c, --config <file>", "configuration file; without one: sound defaults").env("GPU_HEALTH_CONFIG"),
    )
    .addOption(new Option("--grpc <address>", "where gRPC listens, HOST:PORT or unix:PATH").env("GPU_HEALTH_GRPC"))
    .addOption(new Option("--http <address>", "where HTTP probes and metrics listen").env("GPU_HEALTH_HTTP"))
    .addOption(new Option("--admin <address>", "where the admin endpoints listen").env("GPU_HEALTH_ADMIN"))
    .addOption(
      new Option("--simulate <model>", "simulated GPUs instead of real ones, such as h200x8").env(
        "GPU_HEALTH_SIMULATE",
      ),
    );
}
