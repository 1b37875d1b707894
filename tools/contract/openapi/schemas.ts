import { z } from 'zod';

import { type JsonObject, jsonObject } from '../json.ts';
import { answerNouns, bodyNouns } from '../nouns/registries.ts';
import type { Route } from '../routes/route.ts';
import { timestamp } from '../time.ts';

export interface Schemas {
  /** schemas by the name of the noun */
  readonly components: JsonObject;
  /** schemas by the name of the route; a noun's schema is a `$ref` */
  readonly routes: Readonly<Record<string, JsonObject>>;
}

/** Schemas of what clients send. Fields that the server fills in are optional. */
export function bodySchemas(table: Readonly<Record<string, Route>>): Schemas {
  return describe('input', bodyNouns, table, ({ body }) => body);
}

/** Schemas of what the server answers. A newer server may add keys. */
export function answerSchemas(table: Readonly<Record<string, Route>>): Schemas {
  return describe('output', answerNouns, table, ({ answer }) => answer);
}

const base = '#/components/schemas/';
const routePrefix = 'route:';
const documents = z.object({ schemas: z.record(z.string(), jsonObject) });

function describe(
  io: 'input' | 'output',
  nouns: typeof answerNouns,
  table: Readonly<Record<string, Route>>,
  pick: (route: Route) => z.ZodType | undefined,
): Schemas {
  const registry = z.registry<{ id: string }>();
  // A new registry, because the routes' schemas are added to it. Sorted, so that the document doesn't depend on the order of imports.
  for (const [id, schema] of [...nouns._idmap].toSorted(([one], [other]) => (one < other ? -1 : 1))) registry.add(schema, { id });
  const routes: Record<string, JsonObject> = {};
  for (const [name, route] of Object.entries(table)) {
    const schema = pick(route);
    const noun = schema && nouns.get(schema)?.id;
    if (noun) routes[name] = { $ref: base + noun };
    // Two routes may share a schema without a name, so each route gets its own copy.
    else if (schema) registry.add(schema.clone(), { id: routePrefix + name });
  }
  const { schemas } = documents.parse(
    z.toJSONSchema(registry, { io, uri: (id) => base + id, unrepresentable: 'any', override: (context) => override(context, io) }),
  );
  const components: Record<string, JsonObject> = {};
  for (const [id, { $id: _, $schema: __, ...schema }] of Object.entries(schemas))
    if (id.startsWith(routePrefix)) routes[id.slice(routePrefix.length)] = schema;
    else components[id] = { title: id, ...schema };
  return { components, routes };
}

/** The schemas of a query's parameters by name. */
export function querySchemas(query: z.ZodType): { readonly properties: JsonObject; readonly required: readonly string[] } {
  const document = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return z.object({ properties: jsonObject.default({}), required: z.array(z.string()).default([]) }).parse(document);
}

interface Overridden {
  readonly zodSchema: unknown;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}

function override({ zodSchema, jsonSchema }: Overridden, io: 'input' | 'output'): void {
  if (zodSchema === timestamp) {
    jsonSchema.type = 'string';
    jsonSchema.format = 'date-time';
  }
  if (zodSchema instanceof z.ZodBigInt) jsonSchema.type = 'integer';
  if (jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
