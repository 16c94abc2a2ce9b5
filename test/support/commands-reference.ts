import type { Argument, Command, Option } from "commander";
import { addAdminFlags } from "../../src/cli/admin-command.js";
import { addTlsFlags } from "../../src/cli/tls-flags.js";
import { table } from "./reference.js";

/** The reference of the commands, from their declarations. */

const flagsOf = (command: Command): ReadonlySet<string> => new Set(command.options.map(({ flags }) => flags));

export const tlsFlags = (make: () => Command): string => flagTable(addTlsFlags(make()).options);
export const adminFlags = (make: () => Command): string =>
  flagTable(addAdminFlags(make()).options.filter(({ flags }) => !flagsOf(addTlsFlags(make())).has(flags)));

/** One section: usage, what it does, its arguments and flags, and what its help says after those. */
export function commandSection(command: Command, make: () => Command): string {
  const name = commandPath(command);
  const tls = flagsOf(addTlsFlags(make()));
  const admin = new Set([...flagsOf(addAdminFlags(make()))].filter((flag) => !tls.has(flag)));
  const taken = flagsOf(command);
  const hasAdmin = [...admin].every((flag) => taken.has(flag));
  const own = command.options.filter(({ flags }) => !tls.has(flags) && !(hasAdmin && admin.has(flags)));
  const shared = [
    ...(hasAdmin ? ["those that say [where the server is](#the-admin-listener)"] : []),
    ...([...tls].every((flag) => taken.has(flag)) ? ["those [for TLS](#tls)"] : []),
  ];
  return [
    `## \`${name}\``,
    `\`gpu-health ${name} ${command.usage()}\`: ${command.description()}.`,
    ...(command.registeredArguments.length + own.length === 0 ? [] : [flagTable(own, command.registeredArguments)]),
    ...(shared.length === 0 ? [] : [`Other flags: ${shared.join(", and ")}.`]),
    ...afterHelp(command),
  ].join("\n\n");
}

/** One row for each drill: its arguments and flags, those that may be left out in brackets. */
export function drillTable(drill: Command, make: () => Command): string {
  const shared = flagsOf(addAdminFlags(make()));
  const rows = drill.commands.map((command) => {
    const parts = [
      ...command.registeredArguments.map((argument) => `\`<${argument.name()}>\``),
      ...command.options
        .filter(({ flags }) => !shared.has(flags))
        .map(({ flags, mandatory }) => (mandatory ? `\`${flags}\`` : `[\`${flags}\`]`)),
    ];
    return [`\`${command.name()}\``, parts.join(" "), command.description()];
  });
  return table(["drill", "arguments and flags", "what it does"], rows);
}

function commandPath(command: Command): string {
  const parent = command.parent;
  return parent === null || parent.parent === null ? command.name() : `${commandPath(parent)} ${command.name()}`;
}

function flagTable(options: readonly Option[], args: readonly Argument[] = []): string {
  const rows = [
    ...args.map((argument) => [
      `\`${argument.name()}\``,
      "",
      argument.required ? "required" : "",
      argument.description,
    ]),
    ...options.map((option) => [
      `\`${option.flags}\``,
      option.envVar === undefined ? "" : `\`${option.envVar}\``,
      defaultOf(option),
      [option.description, ...(option.argChoices === undefined ? [] : [codes(option.argChoices)])].join(": "),
    ]),
  ];
  return table(["argument or flag", "variable", "default", "what it is"], rows);
}

const codes = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(", ");

/** In words where the declaration has them. */
function defaultOf({ mandatory, defaultValue, defaultValueDescription }: Option): string {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  if (defaultValue === undefined) return mandatory ? "required" : "";
  return `\`${String(defaultValue)}\``;
}

/** What the help says below the flags: sentences as they are, and commands as code. */
function afterHelp(command: Command): readonly string[] {
  let help = "";
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  const lines = help.slice(command.helpInformation().length).split("\n");
  const examples = lines.flatMap((line) => (line.startsWith("  $ ") ? [line.slice("  $ ".length)] : []));
  const sentences = lines.filter((line) => line !== "" && !line.startsWith("  $ ") && !/^Examples?:$/.test(line));
  return [...sentences, ["```sh", ...examples, "```"].join("\n")];
}
