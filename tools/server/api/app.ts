import type { HttpBindings } from '@hono/node-server';
import { writeJson } from '@tributary/contract/json';
import { routes, type RouteName } from '@tributary/contract/routes';
import type { Method, Route } from '@tributary/contract/routes/route';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import { isQueryName } from '../store/reader/queries.ts';
import { checkVersion, type Access, guard } from './request/guard.ts';
import type { Handler, Query, Reply, RouteRequest } from './handler.ts';
import { handlers } from './handler-table.ts';
import { once, requestKey } from './request/once.ts';
import { type BodyRules, parseBody, readText, refuse } from './request/read-body.ts';
import { refusalFor } from './refusal-for.ts';
import { notAllowed, notFound, Refusal } from './refusal.ts';
import type { Server } from './server.ts';

type Bindings = { Bindings: HttpBindings };

/** Creates the HTTP application. It serves the contract's routes under `/api`, each with its handler. */
export function createApp(server: Server, access: Access): Hono<Bindings> {
  const app = new Hono<Bindings>({ strict: false });
  app.use('*', async (context, next) => {
    guard(context.env.incoming, context.req.path, access);
    checkVersion(context.req.header('x-prefect-api-version'));
    await next();
  });
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    // The handler table's type pairs each handler with its route. The cast is safe: a handler only gets requests of its own route.
    const handler = handlers[name] as Handler<Route> | Query;
    const rules = { secret: isSecret(route), optional: hasOptionalBody.test(route.path), reports: reports.has(name) };
    app.on(route.method, patternOf(route), async (context) => {
      const request = await readRequest(route, rules, context);
      if ('query' in handler) {
        if (!isQueryName(name)) throw new Error(`Route ${name} has no query of the same name.`);
        return context.body(await server.reader.query(name, request.body), 200, json);
      }
      const reply = await callHandler(name, handler, request, server).catch((error: unknown) => {
        throw error instanceof Refusal && !rules.secret ? error.withBody(request.body) : error;
      });
      if (reply.status === 204) return context.body(null, 204, reply.headers);
      return context.body(textOf(reply), toStatus(reply.status), reply.headers ? { ...json, ...reply.headers } : json);
    });
  }
  app.get('/api/openapi.json', async (context) =>
    context.body(await server.reader.query('openApiDocument', { version: server.version }), 200, json),
  );
  app.notFound((context) => {
    const others = methods.filter((method) => app.router.match(method, context.req.path)[0].length > everywhere);
    return send(context, others.length === 0 ? notFound('Not Found') : notAllowed(others));
  });
  app.onError((error, context) => send(context, refusalFor(error, server.log)));
  return app;
}

const methods: readonly Method[] = ['GET', 'POST', 'PATCH', 'DELETE'];
/** The number of handlers that match every path: the guard is the only one. */
const everywhere = 1;

const json = { 'content-type': 'application/json' } as const;

/** The route's pattern without a trailing slash. Hono then matches paths with and without one. */
function patternOf(route: Route): string {
  return `/api${route.path.replace(/\{(\w+)\}/g, ':$1').replace(/\/$/, '')}`;
}

/** Whether bodies of the route may hold a secret. A refusal doesn't repeat such a body. */
function isSecret(route: Route): boolean {
  return route.path.startsWith('/block_documents');
}

/**
 * Routes by which programs report what they did. Large integers in reports are stored, with one exception: `createFlowRun` refuses them if
 * the run belongs to a deployment.
 */
const reports: ReadonlySet<RouteName> = new Set([
  'createFlowRun',
  'setFlowRunState',
  'createTaskRun',
  'setTaskRunState',
  'createLogs',
  'createEvents',
  'createArtifact',
  'updateArtifact',
]);

/** Matches routes whose body may be missing, because each field of the body has a default. */
const hasOptionalBody = /\/(filter|count|paginate|get_scheduled_flow_runs|resume|renew)$/;

async function callHandler(name: RouteName, handler: Handler<Route>, request: RouteRequest<Route>, server: Server) {
  if ('write' in handler) {
    const route: Route = routes[name];
    const key = route.once && requestKey(name, request.header);
    return server.store.write((tx) =>
      key ? once(tx, key, () => asText(handler.write(tx, request, server))) : handler.write(tx, request, server),
    );
  }
  if ('read' in handler) return handler.read(server.store.database, request, server);
  return handler.serve(request, server);
}

function textOf({ text, body }: Reply<Route>): string {
  return text ?? writeJson(body ?? null);
}

/** Turns the reply's body into text. The reply is stored in this form, and sent again if the client repeats the request. */
function asText(reply: Reply<Route>): Reply<Route> {
  const { status, headers } = reply;
  return { status, ...(headers ? { headers } : {}), text: textOf(reply) };
}

async function readRequest(route: Route, rules: BodyRules, context: Context<Bindings>): Promise<RouteRequest<Route>> {
  const { incoming, outgoing } = context.env;
  const body = route.body ? parseBody(route.body, await readText(incoming), rules) : undefined;
  const query = route.query ? parseQuery(route.query, context.req.query()) : undefined;
  return {
    path: context.req.param(),
    ...({ query, body } as Pick<RouteRequest<Route>, 'query' | 'body'>),
    at: Date.now() * 1000,
    header: (name) => {
      const value = incoming.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    gone: () => {
      const controller = new AbortController();
      outgoing.once('close', () => controller.abort());
      return controller.signal;
    },
  };
}

function parseQuery(schema: NonNullable<Route['query']>, query: Record<string, string>): unknown {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw refuse(parsed.error, null);
}

function send(context: Context<Bindings>, refusal: Refusal): Response {
  return context.body(writeJson(refusal.body), toStatus(refusal.status), { ...json, ...refusal.headers });
}

function toStatus(status: number): ContentfulStatusCode {
  return status as ContentfulStatusCode;
}
