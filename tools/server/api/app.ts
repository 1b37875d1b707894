import type { HttpBindings } from '@hono/node-server';
import { writeJson } from '@tributary/contract/json';
import { routes, type RouteName } from '@tributary/contract/routes';
import type { Method, Route } from '@tributary/contract/routes/route';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import { isQueryName } from '../store/reader/queries.ts';
import { checkVersion, type Access, guard } from './guard.ts';
import type { Asked, Handling, Query, Reply } from './handling.ts';
import { handlers } from './handlers.ts';
import { once, requestKey } from './once.ts';
import { type BodyRules, parseBody, readText, refuse } from './read-body.ts';
import { refusalFor } from './refusal-for.ts';
import { notAllowed, notFound, Refusal } from './refusal.ts';
import type { Server } from './server.ts';

type Bindings = { Bindings: HttpBindings };

/** The HTTP face of the server: each route of the contract below `/api`, answered as its handling says. */
export function createApp(server: Server, access: Access): Hono<Bindings> {
  const app = new Hono<Bindings>({ strict: false });
  app.use('*', async (context, next) => {
    guard(context.env.incoming, context.req.path, access);
    checkVersion(context.req.header('x-prefect-api-version'));
    await next();
  });
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    // The table of handlers was checked route by route; here each is called with what its own route has parsed.
    const handling = handlers[name] as Handling<Route> | Query;
    const rules = { secret: isSecret(route), optional: mayLack.test(route.path), reports: reports.has(name) };
    app.on(route.method, patternOf(route), async (context) => {
      const asked = await readAsked(route, rules, context);
      if ('query' in handling) {
        if (!isQueryName(name)) throw new Error(`No query has the name of the route ${name}.`);
        return context.body(await server.reader.query(name, asked.body), 200, json);
      }
      const reply = await answer(name, handling, asked, server).catch((error: unknown) => {
        throw error instanceof Refusal && !rules.secret ? error.of(asked.body) : error;
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
/** The guard stands before every path. */
const everywhere = 1;

const json = { 'content-type': 'application/json' } as const;

/** Hono takes requests with and without a slash at their end for a pattern that has none. */
function patternOf(route: Route): string {
  return `/api${route.path.replace(/\{(\w+)\}/g, ':$1').replace(/\/$/, '')}`;
}

/** Whether its body may hold a secret, and is not to be repeated in a refusal. */
function isSecret(route: Route): boolean {
  return route.path.startsWith('/block_documents');
}

/** Routes by which programs report what they did: their integers are kept, however large. A run that is created has a check of its own. */
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

/** Routes whose bodies say only what may be left out. */
const mayLack = /\/(filter|count|paginate|get_scheduled_flow_runs|resume|renew)$/;

async function answer(name: RouteName, handling: Handling<Route>, asked: Asked<Route>, server: Server) {
  if ('write' in handling) {
    const route: Route = routes[name];
    const key = route.once && requestKey(name, asked.header);
    return server.store.write((tx) =>
      key ? once(tx, key, () => inText(handling.write(tx, asked, server))) : handling.write(tx, asked, server),
    );
  }
  if ('read' in handling) return handling.read(server.store.database, asked, server);
  return handling.serve(asked, server);
}

function textOf({ text, body }: Reply<Route>): string {
  return text ?? writeJson(body ?? null);
}

/** As it is kept for a repeat: what is sent, and not what it was made of. */
function inText(reply: Reply<Route>): Reply<Route> {
  const { status, headers } = reply;
  return { status, ...(headers ? { headers } : {}), text: textOf(reply) };
}

async function readAsked(route: Route, rules: BodyRules, context: Context<Bindings>): Promise<Asked<Route>> {
  const { incoming, outgoing } = context.env;
  const body = route.body ? parseBody(route.body, await readText(incoming), rules) : undefined;
  const query = route.query ? parseQuery(route.query, context.req.query()) : undefined;
  return {
    path: context.req.param(),
    ...({ query, body } as Pick<Asked<Route>, 'query' | 'body'>),
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
