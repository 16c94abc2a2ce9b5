import { checkHeaders, flags, frame, frameTypes, opening, watchHeaders } from "../harness/frames.mjs";
import { healthCheckRequest } from "../harness/grpc.mjs";
import { forEach, openSocket } from "../harness/sockets.mjs";

const streamsPerConnection = 1000;
const watchMessage = healthCheckRequest("bystander");
const cancel = Buffer.from([0, 0, 0, 8]);

/** Calls that are given up as soon as they are made, in one packet: the half of them Watches that have begun. */
function callsGivenUp() {
  const frames = [opening];
  for (let index = 0; index < streamsPerConnection; index++) {
    const streamId = 2 * index + 1;
    if (index % 2 === 0) frames.push(frame(frameTypes.headers, flags.endHeaders, streamId, checkHeaders));
    else {
      frames.push(frame(frameTypes.headers, flags.endHeaders, streamId, watchHeaders));
      frames.push(frame(frameTypes.data, flags.endStream, streamId, watchMessage));
    }
    frames.push(frame(frameTypes.resetStream, 0, streamId, cancel));
  }
  return Buffer.concat(frames);
}

/**
 * One connection after another: Node lets each reset a thousand streams and then ends it. What is refused here is CPU, so
 * several such clients at once take their share each, and what bounds that is a limit of connections for each address.
 */
export const rapidResets = {
  name: "rapid-resets",
  title: "Streams reset as soon as they are opened",
  sizes: { full: 100, short: 10 },

  async attack({ server, size }) {
    const bytes = callsGivenUp();
    let refused = 0;
    await forEach(size, 1, async () => {
      const socket = await openSocket(server.grpc);
      if (socket === undefined) {
        refused += 1;
        return;
      }
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.resume().end(bytes);
      await closed;
    });
    const problems = refused === 0 ? [] : [`${refused} connections were refused`];
    return {
      attempts: size * streamsPerConnection,
      did: `${streamsPerConnection} on each of ${size} connections`,
      problems,
    };
  },
};
