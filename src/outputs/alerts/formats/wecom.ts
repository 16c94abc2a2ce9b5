import { outcomeOfCode } from "../outcome.js";
import { cutBytes, type Format, jsonHeaders, linesOf, type TargetOf, titleOf } from "./message.js";

/** What a message of type `text` holds, in bytes of UTF-8. */
const maxContentBytes = 2048;

/** Too many requests of this robot; the system is busy. */
const busyCodes = [45009, -1];

/** WeCom's group robots: 20 messages a minute. */
export const wecom: Format<TargetOf<"wecom">> = {
  batch: 1,
  perMinute: 20,
  request([message], { url }) {
    const content = [titleOf(message), ...linesOf(message)].join("\n");
    return {
      url,
      headers: jsonHeaders,
      body: JSON.stringify({ msgtype: "text", text: { content: cutBytes(withoutMentions(content), maxContentBytes) } }),
    };
  },
  outcome: (answer, { wallMs }) => outcomeOfCode(answer, wallMs, "errcode", busyCodes),
};

/** WeCom reads `<@user>` in a text as a mention. */
const withoutMentions = (text: string): string => text.replaceAll("<@", "< @");
