import type { AlertTarget } from "../../../core/alerting.js";
import { alertmanager } from "./alertmanager.js";
import { dingtalk } from "./dingtalk.js";
import { feishu } from "./feishu.js";
import type { Format, TargetOf } from "./message.js";
import { pagerduty } from "./pagerduty.js";
import { slack } from "./slack.js";
import { webhook } from "./webhook.js";
import { wecom } from "./wecom.js";

const formats: { readonly [Type in AlertTarget["type"]]: Format<TargetOf<Type>> } = {
  webhook,
  alertmanager,
  slack,
  dingtalk,
  wecom,
  feishu,
  pagerduty,
};

/** The format of a target. */
export const formatOf = <Type extends AlertTarget["type"]>(type: Type): Format<TargetOf<Type>> => formats[type];
