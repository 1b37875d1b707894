import { openApiDocument } from '@tributary/contract/openapi';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';

import type { Check } from '../check.ts';
import type { Exchange } from '../talk/send-request.ts';
import { fetchAgain } from '../talk/fetch-again.ts';
import { matchPath } from './find-route.ts';

const content = z.object({ 'application/json': z.object({ schema: z.record(z.string(), z.unknown()) }).optional() });
const operation = z.object({ responses: z.record(z.string(), z.object({ content: content.optional() })) });
const openApi = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

export type OpenApi = z.output<typeof openApi>;

/** Reads a Prefect server's OpenAPI document, which is at `/openapi.json` beside its API. */
export async function readOpenApi(apiUrl: string): Promise<OpenApi> {
  const answer = await fetchAgain(apiUrl.replace(/\/api$/, '/openapi.json'), () => ({}));
  return openApi.parse(await answer.json());
}

/** The OpenAPI document of our own server. Our server's answers must fit this document too. */
export function ourOpenApi(): OpenApi {
  return openApi.parse(JSON.parse(JSON.stringify(openApiDocument('0'))));
}

/** Lists all operations of a document, with their paths below `/api`. */
export function operationsOf({ paths }: OpenApi): { method: string; path: string; name: string }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: path.replace(/^\/api\//, '/'), name: path })),
  );
}

/** Creates one check per route and successful status of our server: do the answers fit the document? */
export function checkOpenApi(topic: string, document: OpenApi, exchanges: readonly Exchange[]): Check[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false });
  ajv.addSchema({ $id: 'prefect', components: document.components });
  const validators = new Map<string, ValidateFunction>();
  const operations = operationsOf(document);
  const checks = new Map<string, Check>();
  for (const exchange of exchanges) {
    const found = matchPath(operations, exchange);
    if (!found || exchange.status >= 300 || exchange.status === 204) continue;
    const step = `${found.method} ${found.path} ${exchange.status}`;
    if (checks.get(step)?.problem) continue;
    const responses = document.paths[found.name]?.[found.method.toLowerCase()]?.responses ?? {};
    // The document has one successful status per route. Routes that create or find something give the same answer with 201 and 200.
    const success = responses[String(exchange.status)] ?? Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
    const schema = success?.content?.['application/json']?.schema;
    if (!schema) continue;
    const validate = validators.get(step) ?? ajv.compile(pointAt(schema));
    validators.set(step, validate);
    const text = validate(exchange.answer) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'body', separator: '; ' });
    checks.set(step, { topic, step, ...(text ? { problem: { text, ours: exchange } } : {}) });
  }
  return [...checks.values()];
}

/** Makes a schema's references point into the document, which has the id `prefect` in Ajv. */
function pointAt(schema: unknown): Record<string, unknown> {
  const parsed: unknown = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"prefect#/components'));
  return z.record(z.string(), z.unknown()).parse(parsed);
}
