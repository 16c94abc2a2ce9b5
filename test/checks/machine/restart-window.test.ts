import { expect, it } from "vitest";
import { RestartWindow } from "../../../src/checks/machine/restart-window.js";

it("counts what came within the window, from the first look on", () => {
  const window = new RestartWindow(1000);
  window.note(40, 0);
  expect(window.count).toBe(0);
  window.note(42, 100);
  window.note(42, 500);
  window.note(43, 900);
  expect(window.count).toBe(3);
  window.note(43, 1099);
  expect(window.count).toBe(3);
  window.note(43, 1100);
  expect(window.count).toBe(1);
});

it("starts anew where the counter does", () => {
  const window = new RestartWindow(1000);
  window.note(0, 0);
  window.note(5, 1);
  window.note(0, 2);
  expect(window.count).toBe(0);
});
