export type { AnyCheckType, CheckContext, CheckType, OptionsSchema } from "./checks/check-type.js";
export { defineCheckType as defineCheck } from "./checks/check-type.js";
export type { Component } from "./library/component.js";
export { ConfigurationError } from "./library/configuration.js";
export type { CheckInput, ComponentInput, ConfigurationInput, SectionInput } from "./library/configuration-input.js";
export { createHealth, type HealthOptions } from "./library/create-health.js";
export type { ComponentChange, HealthEvents } from "./library/events.js";
export type { Health, StatusOptions } from "./library/health.js";
export type { LogLine } from "./library/log.js";
