import { expect, it } from "vitest";
import { createLogger } from "../../../src/outputs/log/logger.js";

it("writes no character that changes how a line is shown, and loses none", () => {
  const lines: string[] = [];
  const sink = (text: string, done: () => void): void => {
    lines.push(text);
    done();
  };
  const logger = createLogger({ level: "info", sink });
  const hostile = "a\r\n\u0000\u001b[31m\u007f\u009b31m\u2028\u202egnp.exe\u2066\u200b\ufeff\ud800 «ö» 温度 🔥";
  logger.warn("connection_refused", `refused: ${hostile}`, { [hostile]: [hostile], err: new Error(hostile) });
  const [line = ""] = lines;
  expect(line.replace(/\n$/, "")).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u);
  expect(JSON.parse(line)).toMatchObject({ msg: `refused: ${hostile}`, [hostile]: [hostile] });
  expect(line).toContain("«ö» 温度 🔥");
});
