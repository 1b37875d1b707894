import type { JsonObject } from '../json.ts';
import type { Route } from '../routes/route.ts';
import { answerHeaders, requestHeaders } from './headers.ts';
import { querySchemas } from './schemas.ts';

interface Described {
  readonly body: JsonObject | undefined;
  readonly answer: JsonObject | undefined;
}

/**
 * Describes a route as an OpenAPI operation.
 * @param name the route's name in the contract, which is also the client's method
 */
export function operationOf(name: string, route: Route, { body, answer }: Described): JsonObject {
  const parameters = [...pathParameters(route), ...queryParameters(route), ...requestHeaders(name, route)];
  return {
    operationId: name,
    summary: titleOf(name),
    tags: [route.path.split('/').find((word, index) => index > 0 && word !== 'v2')],
    ...(isOpen(route) ? { security: [{}] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: { ...successes(name, route, answer), ...refusalsOf(name, route) },
  };
}

const json = (schema: JsonObject): JsonObject => ({ 'application/json': { schema } });

/** Turns `createFlowRunFromDeployment` into "Create flow run from deployment". */
function titleOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isOpen({ path }: Route): boolean {
  return path === '/health' || path === '/ready';
}

function pathParameters({ path }: Route): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => ({
    name: parameter,
    in: 'path',
    required: true,
    schema: parameter === 'id' ? { type: 'string', format: 'uuid' } : { type: 'string' },
  }));
}

function queryParameters({ query }: Route): JsonObject[] {
  if (!query) return [];
  const { properties, required } = querySchemas(query);
  return Object.entries(properties).map(([parameter, schema]) => ({
    name: parameter,
    in: 'query',
    required: required.includes(parameter),
    schema,
  }));
}

const descriptions: Readonly<Record<number, string>> = {
  200: 'The request succeeded.',
  201: 'Created.',
  202: 'Accepted.',
  204: 'Done. The answer has no body.',
};

function successes(name: string, route: Route, answer: JsonObject | undefined): JsonObject {
  const headers = answerHeaders(name);
  return Object.fromEntries(
    route.status.map((status) => [
      String(status),
      {
        description: descriptions[status] ?? 'Success.',
        ...(headers ? { headers } : {}),
        ...(answer && status !== 204 ? { content: json(answer) } : {}),
      },
    ]),
  );
}

function refusalsOf(name: string, route: Route): JsonObject {
  const lends = name === 'takeSlots' || name === 'takeLease';
  const given = {
    401: isOpen(route) ? undefined : 'Unauthorized',
    404: route.path.includes('{') ? 'NotFound' : undefined,
    409: route.method === 'POST' && route.status.includes(201) ? 'Conflict' : undefined,
    410: name === 'renewLease' ? 'Lost' : undefined,
    422: route.body || route.query ? 'Invalid' : undefined,
    423: lends ? 'Locked' : undefined,
    503: route.method === 'GET' ? undefined : 'Unavailable',
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([status, response]) => (response ? [[status, { $ref: `#/components/responses/${response}` }]] : [])),
  );
}
