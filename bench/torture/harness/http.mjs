// One HTTP request on a connection of its own, as a kubelet's probe has it.

import { request } from "node:http";

export const get = (address, path, timeoutMs) => send(address, "GET", path, undefined, timeoutMs);
export const post = (address, path, body) => send(address, "POST", path, body);
export const put = (address, path, body) => send(address, "PUT", path, body);
export const remove = (address, path) => send(address, "DELETE", path);

function send(address, method, path, body, timeoutMs = 10_000) {
  const [host, port] = address.split(":");
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request({ host, port, method, path, headers, agent: false, signal }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, text })).on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
