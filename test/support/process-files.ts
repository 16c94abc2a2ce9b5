/** /proc/PID/… as the kernel writes it, for fixtures. */
export interface ProcessFiles {
  readonly pid: number;
  readonly name?: string;
  readonly state?: string;
  readonly startTicks?: number;
  readonly userTicks?: number;
  readonly systemTicks?: number;
  readonly residentKiB?: number;
  readonly threads?: number;
  readonly openFileLimit?: number | "unlimited";
  readonly commandLine?: readonly string[];
}

export function processFiles(given: ProcessFiles): Readonly<Record<string, string>> {
  const { pid, name = "engine", state = "S", startTicks = 5000, userTicks = 100, systemTicks = 50 } = given;
  const { residentKiB = 2048, threads = 3, openFileLimit = 1024, commandLine = [name] } = given;
  const stat = `${pid} (${name}) ${state} 1 ${pid} ${pid} 0 -1 4194560 1 2 3 4 ${userTicks} ${systemTicks} 7 8 20 0 ${threads} 0 ${startTicks} 9 10 11`;
  return {
    [`proc/${pid}/stat`]: `${stat} 18446744073709551615 0 0 0\n`,
    [`proc/${pid}/status`]: `Name:\t${name}\nState:\t${state}\nVmRSS:\t${residentKiB} kB\nThreads:\t${threads}\n`,
    [`proc/${pid}/limits`]: `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${openFileLimit}                 524288               files     \n`,
    [`proc/${pid}/cmdline`]: `${commandLine.join("\0")}\0`,
  };
}
