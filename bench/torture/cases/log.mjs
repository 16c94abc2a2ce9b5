/**
 * Of one component that changes again and again the log has a summary only, so many take turns. Not as many as there are
 * changes: the log remembers each for some minutes, and that is no leak.
 */
const components = 500;

const logCase = ({ name, title, log, short = 200, before = () => {} }) => ({
  name,
  title,
  sizes: { full: 5000, short },
  setUp: () => ({ server: { log }, tearDown() {} }),

  async attack({ server, size }) {
    before(server);
    const lostBefore = await server.metric("gpu_health_log_lines_dropped_total");
    for (let change = 0; change < size; change += 2) {
      await server.comeAndGo(`torture-${(change / 2) % components}`, "x".repeat(400));
    }
    const lost = (await server.metric("gpu_health_log_lines_dropped_total")) - lostBefore;
    const problems = lost > 0 ? [] : ["no line was lost: the log was not full"];
    return { attempts: size, did: `${size} changes to log, ${lost} lines lost`, problems };
  },
});

export const logFull = logCase({
  name: "log-disk-full",
  title: "The disk full for logs (/dev/full)",
  log: "/dev/full",
});
export const logUnread = logCase({
  name: "log-unread",
  title: "Logs into a pipe that nobody reads",
  log: "unread",
  short: 4000,
});
export const logClosed = logCase({
  name: "log-closed",
  title: "Logs into a pipe that was closed",
  log: "unread",
  before: (server) => server.child.process.stdout.destroy(),
});
