import { outcomeOfStatus } from "../outcome.js";
import { cutBytes, type Format, jsonHeaders, linesOf, type Message, type TargetOf, titleOf } from "./message.js";

/** What Slack takes in one section block is 3000 characters; a byte is no more than one. */
const maxSectionBytes = 3000;

/** Slack's incoming webhooks: one message a second, and 429 with `Retry-After` beyond. */
export const slack: Format<TargetOf<"slack">> = {
  batch: 1,
  perMinute: 60,
  request([message], { url }) {
    const title = escaped(titleOf(message));
    const lines = linesOf(message)
      .map((line) => markup(line, message))
      .join("\n");
    const section = (text: string) => ({
      type: "section",
      text: { type: "mrkdwn", text: cutBytes(text, maxSectionBytes), verbatim: true },
    });
    return {
      url,
      headers: jsonHeaders,
      body: JSON.stringify({ text: cutBytes(title, maxSectionBytes), blocks: [section(`*${title}*`), section(lines)] }),
    };
  },
  outcome: (answer, { wallMs }) => outcomeOfStatus(answer, wallMs),
};

/** Texts are taken as they are (`verbatim`), so the runbook is the only link. */
const markup = (line: string, { runbook }: Message): string =>
  runbook !== undefined && line.endsWith(` ${runbook}`)
    ? `${escaped(line.slice(0, -runbook.length))}<${escaped(runbook).replaceAll("|", "%7C")}>`
    : escaped(line);

/** The three characters that Slack reads as markup of its own: mentions, links, entities. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
