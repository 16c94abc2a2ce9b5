import { Command, InvalidArgumentError, Option } from "commander";
import { parseTaintRule, type TaintRule } from "../core/node-reporting.js";
import { addServeOptions, type ServeOptions } from "./serve.js";

/** Where Kubernetes puts the credentials of a pod. */
const mountedServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

interface NodeAgentFlags extends ServeOptions {
  readonly nodeName: string;
  readonly taint?: TaintRule;
  readonly serviceAccount: string;
}

/** `node-agent`: `serve`, and what it says of the GPUs is written to the Node object of Kubernetes. */
export function nodeAgentCommand(serve: (options: ServeOptions) => Promise<void>): Command {
  return addServeOptions(new Command("node-agent"))
    .description("run the health server, and write the verdict on this node's GPUs to the Kubernetes API")
    .addOption(
      new Option("--node-name <name>", "the node, spec.nodeName of the pod").env("NODE_NAME").makeOptionMandatory(),
    )
    .addOption(
      new Option("--taint <key:effect>", "taint the node while a GPU has a fatal fault; without it: no taint")
        .env("GPU_HEALTH_TAINT")
        .argParser(taint),
    )
    .addOption(
      new Option("--service-account <folder>", "where the token and the certificate of the cluster are")
        .env("GPU_HEALTH_SERVICE_ACCOUNT")
        .default(mountedServiceAccount),
    )
    .addHelpText("after", "\nExample:\n  $ gpu-health node-agent --taint gpu-health/unhealthy:NoSchedule")
    .action(({ nodeName, taint, serviceAccount, ...options }: NodeAgentFlags) =>
      serve({ ...options, node: { name: nodeName, serviceAccount, ...(taint === undefined ? {} : { taint }) } }),
    );
}

function taint(text: string): TaintRule {
  const rule = parseTaintRule(text);
  if (typeof rule === "string") throw new InvalidArgumentError(rule);
  return rule;
}
