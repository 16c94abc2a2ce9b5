import { createServer, request } from "node:http";

/**
 * Stands between browser and server and makes up the past, since nobody waits 15 minutes for a picture: the simulated
 * GPUs' charts are filled back from the values that they have now.
 */
export async function withHistory(target) {
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const forwarded = request({
      hostname,
      port,
      path: incoming.url,
      method: incoming.method,
      headers: incoming.headers,
    });
    forwarded.on("response", (response) => {
      outgoing.writeHead(response.statusCode, response.headers);
      if (incoming.url !== "/status/stream") {
        response.pipe(outgoing);
        return;
      }
      let buffered = "";
      let isFirst = true;
      response.setEncoding("utf8").on("data", (piece) => {
        buffered += piece;
        const end = buffered.indexOf("\n\n");
        if (isFirst && end < 0) return;
        if (isFirst) buffered = filled(buffered.slice(0, end)) + buffered.slice(end);
        isFirst = false;
        outgoing.write(buffered);
        buffered = "";
      });
      response.on("error", () => outgoing.destroy());
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    forwarded.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function filled(event) {
  const [head, data] = event.split("\ndata: ");
  const status = JSON.parse(data);
  const { history } = status;
  for (const [name, series] of Object.entries(history.gpus)) {
    const index = Number(name.split("/")[1]);
    for (const [metric, points] of Object.entries(series)) {
      series[metric] = [...past(metric, points, index, history.capacity - 1), points.at(-1) ?? null];
    }
  }
  return `${head}\ndata: ${JSON.stringify(status)}`;
}

/** A busy service's quarter of an hour: requests come in waves, temperature and power follow, memory grows in steps. */
function past(metric, points, gpu, count) {
  const last = points.findLast((point) => point !== null) ?? 0;
  return Array.from({ length: count }, (_, at) => {
    const age = count - at;
    const wave = Math.sin((at + gpu * 37) / 23) * 0.5 + Math.sin((at + gpu * 11) / 7) * 0.3;
    const noise = (((at * 7919 + gpu * 104_729) % 97) / 97 - 0.5) * 0.5;
    switch (metric) {
      case "gpuUtilizationRatio":
        return last === 0 ? 0 : Math.min(1, Math.max(0, last + (wave + noise) * 0.16));
      case "temperatureCelsius":
        return Math.round(last + wave * 3 - age / 120);
      case "powerWatts":
        return Math.round(last * (1 + (wave + noise) * 0.1));
      default:
        return Math.max(0, last - Math.floor(age / 90) * 0.012);
    }
  });
}
