import { readFileSync, rmSync, writeFileSync } from "node:fs";

export const configurationDeleted = {
  name: "configuration-deleted",
  title: "The configuration file deleted, and a reload asked for",
  sizes: { full: 200, short: 20 },

  async attack({ server, size }) {
    const text = readFileSync(server.configurationFile);
    rmSync(server.configurationFile);
    const problems = [];
    for (let attempt = 0; attempt < size; attempt++) {
      const { status, text: answer } = await server.reload();
      if (status < 400) problems.push(`a reload without a file was answered with ${status}: ${answer}`);
    }
    writeFileSync(server.configurationFile, text);
    const { status, text: answer } = await server.reload();
    if (status !== 200) problems.push(`a reload with the file back was answered with ${status}: ${answer}`);
    return { attempts: size, did: `${size} reloads without it, one with it back`, problems };
  },
};
