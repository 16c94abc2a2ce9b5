import { createHmac } from "node:crypto";
import { outcomeOfCode } from "../outcome.js";
import { cutBytes, type Format, jsonHeaders, linesOf, type TargetOf, titleOf } from "./message.js";

/** DingTalk takes messages of 20,000 bytes. */
const maxContentBytes = 18_000;

/** Codes for more than 20 messages in a minute: 130101 of the robots, 410100 of the older gateway, -1 for «busy». */
const busyCodes = [130101, 410100, -1];

/** DingTalk's custom robots: 20 messages a minute, and ten minutes of silence after one more. */
export const dingtalk: Format<TargetOf<"dingtalk">> = {
  batch: 1,
  perMinute: 20,
  request([message], { url, secret }, { wallMs }) {
    const signed = new URL(url);
    if (secret !== undefined) {
      signed.searchParams.set("timestamp", String(wallMs));
      signed.searchParams.set("sign", signature(secret, wallMs));
    }
    const content = cutBytes([titleOf(message), ...linesOf(message)].join("\n"), maxContentBytes);
    return {
      url: signed.href,
      headers: jsonHeaders,
      body: JSON.stringify({ msgtype: "text", text: { content }, at: { isAtAll: false } }),
    };
  },
  outcome: (answer, { wallMs }) => outcomeOfCode(answer, wallMs, "errcode", busyCodes),
};

/** The time and the secret, signed with the secret. `URLSearchParams` does the encoding that DingTalk asks for. */
const signature = (secret: string, wallMs: number): string =>
  createHmac("sha256", secret).update(`${wallMs}\n${secret}`).digest("base64");
