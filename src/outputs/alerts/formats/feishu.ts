import { createHmac } from "node:crypto";
import { outcomeOfCode } from "../outcome.js";
import { cutBytes, type Format, jsonHeaders, linesOf, type Message, type TargetOf, titleOf } from "./message.js";

/** Feishu takes bodies of 20 KB. JSON may double what has many quotes. */
const maxTextBytes = 8000;

/** Too many messages. */
const busyCodes = [11232];

/** Custom bots of Feishu and Lark: 100 messages a minute, and 5 in a second. */
export const feishu: Format<TargetOf<"feishu">> = {
  batch: 1,
  perMinute: 60,
  request([message], { url, secret }, { wallMs }) {
    const timestamp = String(Math.floor(wallMs / 1000));
    const signed = secret === undefined ? {} : { timestamp, sign: signature(secret, timestamp) };
    return {
      url,
      headers: jsonHeaders,
      body: JSON.stringify({ ...signed, msg_type: "interactive", card: cardOf(message) }),
    };
  },
  outcome: (answer, { wallMs }) => outcomeOfCode(answer, wallMs, "code", busyCodes),
};

/** Plain text in a card: in a message of type `text` Feishu would read `<at …>` as a mention. */
const cardOf = (message: Message) => ({
  config: { wide_screen_mode: true },
  header: { title: plain(cutBytes(titleOf(message), 400)), template: colourOf(message) },
  elements: [{ tag: "div", text: plain(cutBytes(linesOf(message).join("\n"), maxTextBytes)) }],
});

const plain = (content: string) => ({ tag: "plain_text", content });

function colourOf({ kind, severity }: Message): "green" | "red" | "orange" {
  if (kind === "resolved") return "green";
  return severity === "critical" ? "red" : "orange";
}

/** The key is the time and the secret, and what is signed is empty. */
const signature = (secret: string, timestamp: string): string =>
  createHmac("sha256", `${timestamp}\n${secret}`).digest("base64");
