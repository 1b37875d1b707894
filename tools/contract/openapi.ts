import { answerSchemas, bodySchemas } from './openapi/schemas.ts';
import { operationOf } from './openapi/operation.ts';
import { refusals, refusalSchemas } from './openapi/refusals.ts';
import type { JsonObject } from './json.ts';
import { routes } from './routes.ts';
import type { Route } from './routes/route.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: JsonObject;
  readonly servers: readonly JsonObject[];
  readonly security: readonly JsonObject[];
  readonly tags: readonly JsonObject[];
  /** by path, then by method in lower case */
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly components: JsonObject;
}

const table: Readonly<Record<string, Route>> = routes;

/**
 * Describes every route of the contract as an OpenAPI 3.1 document, for people and for client generators.
 * @param version the server's version
 */
export function openApiDocument(version: string): OpenApiDocument {
  const bodies = bodySchemas(table);
  const answers = answerSchemas(table);
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const [name, route] of Object.entries(table))
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(name, route, {
      body: bodies.routes[name],
      answer: answers.routes[name],
    });
  const tags = [...new Set(Object.values(table).map(({ path }) => tagOf(path)))];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tributary',
      version,
      summary: 'The REST protocol of Prefect 3, as the embedded Tributary server speaks it.',
      description:
        'Paths, nouns and states are those of Prefect 3.8. Tributary adds the headers Tributary-* and the routes below /tributary.',
    },
    servers: [{ url: '/api' }],
    security: [{}, { authString: [] }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...refusalSchemas, ...answers.components, ...bodies.components },
      responses: refusals,
      securitySchemes: {
        authString: {
          type: 'http',
          scheme: 'basic',
          description: 'Required only if the server was started with an auth string, user:password.',
        },
      },
    },
  };
}

/** The first noun of a path. */
function tagOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  return first === 'v2' ? second : first;
}
