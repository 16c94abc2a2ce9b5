import { type Context, Hono } from "hono";
import type { Registry } from "../../core/registry.js";
import type { ReloadOutcome } from "../../core/reload.js";
import type { Report } from "../../core/report.js";
import { traceIdOf } from "../../core/trace-context.js";
import {
  acknowledgeBody,
  checkName,
  componentName,
  componentReportBody,
  drainBody,
  drillBody,
  heartbeatBody,
  type ReportedComponent,
} from "./admin-bodies.js";
import { parse, readBody, readWhole, refuseWebPages } from "./admin-requests.js";
import { addFallbacks, type Endpoint, type OnRequestError } from "./fallbacks.js";
import { jsonResponse } from "./json.js";
import type { ReadToken } from "./token.js";

/** Refused, with the HTTP status and one sentence that says why and what to do. */
export interface Refusal {
  readonly ok: false;
  readonly status: 400 | 404 | 409 | 500;
  readonly message: string;
}

/** A request and its answer, for the log. */
export interface AdminRequest {
  readonly method: string;
  readonly path: string;
  /** Of the HTTP answer. */
  readonly status: number;
  readonly traceId: string | undefined;
}

export interface AdminOptions {
  readonly registry: Registry;
  /** Reads the configuration again; with errors the running one stays. */
  readonly reload: (traceId: string | undefined) => Promise<ReloadOutcome>;
  /** Changes the simulated GPUs; undefined where the GPUs are real. */
  readonly drill: ((body: Record<string, unknown>) => Promise<{ ok: true; state: unknown } | Refusal>) | undefined;
  /** Ends faults of the GPU of this index, all or the named one, and gives their names. */
  readonly acknowledge: (
    index: number,
    fault?: string,
  ) => { readonly ok: true; readonly cleared: readonly string[] } | Refusal;
  /** Takes a program's word for a component of its own. Refuses names that are configured or built in. */
  readonly reportComponent: (name: string, report: ReportedComponent) => { readonly ok: true } | Refusal;
  /** Forgets a component that `reportComponent` made. */
  readonly removeComponent: (name: string) => { readonly ok: true } | Refusal;
  /** Hands a report to the check of type heartbeat that has this name. */
  readonly receiveHeartbeat: (check: string, report: Report) => { readonly ok: true } | Refusal;
  /** Gives the token that requests must carry; undefined: they need none. */
  readonly readToken?: ReadToken | undefined;
  readonly onError: OnRequestError;
  /** Told of every answer to a request that could change something. */
  readonly onRequest: (request: AdminRequest) => void;
}

/** Names may contain slashes. */
const componentRoute = "/admin/components/:name{.+}";
const heartbeatRoute = "/admin/heartbeats/:name";
const acknowledgeRoute = "/admin/gpus/:index{[0-9]{1,5}}/acknowledge";

const endpoints: readonly Endpoint[] = [
  { method: "GET", path: "/admin", summary: "this list" },
  { method: "POST", path: "/admin/drain", summary: 'turn traffic away until undrain; {"message": "…"} says why' },
  { method: "POST", path: "/admin/undrain", summary: "end the drain" },
  { method: "POST", path: "/admin/reload", summary: "read the configuration again" },
  { method: "POST", path: "/admin/drill", summary: "change the simulated GPUs" },
  {
    method: "POST",
    path: "/admin/gpus/INDEX/acknowledge",
    route: acknowledgeRoute,
    summary: 'end the faults of a GPU that is sound again; {"fault": "xid_79"} names one',
  },
  {
    method: "PUT",
    path: "/admin/components/NAME",
    route: componentRoute,
    summary:
      'report a component of your own: {"status": "unhealthy", "reason": "queue_full", "message": "…", "ttl": "30s"}',
  },
  {
    method: "DELETE",
    path: "/admin/components/NAME",
    route: componentRoute,
    summary: "forget a reported component",
  },
  {
    method: "PUT",
    path: "/admin/heartbeats/NAME",
    route: heartbeatRoute,
    summary:
      'say that the process of the heartbeat check NAME is alive; {"message": "…", "readings": {"queue_length": 3}} says more',
  },
];

/** The routes by themselves. */
export function createAdminApp(options: AdminOptions): Hono {
  const {
    registry,
    reload,
    drill,
    acknowledge,
    reportComponent,
    removeComponent,
    receiveHeartbeat,
    onError,
    onRequest,
  } = options;
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    const { method, path } = context.req;
    if (method !== "GET") onRequest({ method, path, status: context.res.status, traceId: traceOf(context) });
  });
  app.use(refuseWebPages);

  app.get("/admin", () =>
    jsonResponse(200, { endpoints: endpoints.map(({ method, path, summary }) => ({ method, path, summary })) }),
  );

  app.post("/admin/drain", async (context) => {
    const body = await readBody(context, drainBody);
    if (!body.ok) return body.response;
    registry.drain(body.value.message ?? "drained through the admin interface");
    return drainResponse(registry);
  });

  app.post("/admin/undrain", async (context) => {
    const body = await readWhole(context);
    if (!body.ok) return body.response;
    registry.undrain();
    return drainResponse(registry, "shutting_down");
  });

  app.post("/admin/reload", async (context) => {
    const body = await readWhole(context);
    if (!body.ok) return body.response;
    const outcome = await reload(traceOf(context));
    if (outcome.ok) return jsonResponse(200, { reloaded: true, restartNeeded: outcome.restartNeeded });
    return jsonResponse(422, {
      error: "the configuration was not reloaded; the running one stays in force",
      problems: outcome.errors,
    });
  });

  app.post("/admin/drill", async (context) => {
    if (drill === undefined) {
      return jsonResponse(409, {
        error: "the GPUs are real, and drills change simulated ones only: start with serve --simulate h200x2",
      });
    }
    const body = await readBody(context, drillBody);
    if (!body.ok) return body.response;
    const outcome = await drill(body.value);
    return outcome.ok ? jsonResponse(200, { state: outcome.state }) : refusal(outcome);
  });

  app.post(acknowledgeRoute, async (context) => {
    const body = await readBody(context, acknowledgeBody);
    if (!body.ok) return body.response;
    const index = Number(context.req.param("index"));
    const outcome = acknowledge(index, body.value.fault);
    return outcome.ok ? jsonResponse(200, { gpu: `gpu/${index}`, cleared: outcome.cleared }) : refusal(outcome);
  });

  app.put(componentRoute, async (context) => {
    const name = parse(componentName, context.req.param("name"), "component's name");
    if (!name.ok) return name.response;
    const body = await readBody(context, componentReportBody);
    if (!body.ok) return body.response;
    const outcome = reportComponent(name.value, body.value);
    return outcome.ok ? jsonResponse(200, { component: name.value, ...body.value }) : refusal(outcome);
  });

  app.delete(componentRoute, async (context) => {
    const name = parse(componentName, context.req.param("name"), "component's name");
    if (!name.ok) return name.response;
    const body = await readWhole(context);
    if (!body.ok) return body.response;
    const outcome = removeComponent(name.value);
    return outcome.ok ? jsonResponse(200, { component: name.value, removed: true }) : refusal(outcome);
  });

  app.put(heartbeatRoute, async (context) => {
    const name = parse(checkName, context.req.param("name"), "check's name");
    if (!name.ok) return name.response;
    const body = await readBody(context, heartbeatBody);
    if (!body.ok) return body.response;
    const outcome = receiveHeartbeat(name.value, body.value);
    return outcome.ok ? jsonResponse(200, { check: name.value, ...body.value }) : refusal(outcome);
  });

  addFallbacks(app, endpoints, onError);
  return app;
}

/** Whether traffic is turned away now; 409 where that is for a reason that the request could not lift. */
function drainResponse(registry: Registry, unlifted?: "shutting_down"): Response {
  const drain = registry.drainState;
  if (drain === undefined) return jsonResponse(200, { draining: false });
  const { reason, message, sinceWallMs } = drain;
  const state = { draining: true, reason, message, since: new Date(sinceWallMs).toISOString() };
  if (reason === unlifted)
    return jsonResponse(409, { error: "the process is shutting down; that cannot be undone", ...state });
  return jsonResponse(200, state);
}

const refusal = ({ status, message }: Refusal): Response => jsonResponse(status, { error: message });

const traceOf = (context: Context): string | undefined => traceIdOf(context.req.header("traceparent"));
