import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { openApiDocument } from './openapi.ts';
import { routes } from './routes.ts';
import type { Route } from './routes/route.ts';

const document = openApiDocument('1.2.3');
const plain = z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(document)));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('our OpenAPI document', () => {
  it('is valid OpenAPI 3.1 without broken references', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(plain));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
    const targets = [...JSON.stringify(plain).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(100);
    const components = z.record(z.string(), z.record(z.string(), z.unknown())).parse(plain['components']);
    const missing = targets.filter((target) => {
      const [kind = '', name = ''] = target.split('/');
      return components[kind]?.[name] === undefined;
    });
    expect(missing).toEqual([]);
  });

  it('describes every route of the contract with its statuses, named like the client’s method', () => {
    const described = operations.map(({ path, method, operation }) => `${String(operation['operationId'])} ${method} ${path}`);
    const expected = Object.entries<Route>(routes).map(([name, { method, path }]) => `${name} ${method.toLowerCase()} ${path}`);
    expect(described.toSorted()).toEqual(expected.toSorted());
    for (const [name, { path, method, status }] of Object.entries<Route>(routes)) {
      const responses = z.record(z.string(), z.unknown()).parse(document.paths[path]?.[method.toLowerCase()]?.['responses']);
      expect({ name, statuses: Object.keys(responses) }).toEqual({ name, statuses: expect.arrayContaining(status.map(String)) });
    }
  });

  it('describes a moment, a default, a parameter, a query and our own headers', () => {
    const text = JSON.stringify(plain);
    expect(text).toContain('"FlowRun":{"title":"FlowRun"');
    expect(text).toContain('{"type":"string","format":"date-time"}');
    expect(operations.find(({ operation }) => operation['operationId'] === 'readFlowRun')?.operation['parameters']).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
    ]);
    const states = operations.find(({ operation }) => operation['operationId'] === 'readFlowRunStates')?.operation;
    expect(states?.['parameters']).toMatchObject([
      { name: 'flow_run_id', in: 'query', required: true, schema: { type: 'string', format: 'uuid' } },
    ]);
    const change = operations.find(({ operation }) => operation['operationId'] === 'setFlowRunState')?.operation;
    expect(JSON.stringify(change?.['parameters'])).toContain('tributary-claim');
    const named = operations.filter(({ operation }) => JSON.stringify(operation['parameters'] ?? []).includes('tributary-request'));
    expect(named.map(({ operation }) => operation['operationId'])).toEqual(
      expect.arrayContaining(['createLogs', 'createArtifact', 'takeLease']),
    );
    expect(named.map(({ operation }) => operation['operationId'])).not.toContain('setFlowRunState');
    expect(JSON.stringify(change?.['requestBody'])).toContain('#/components/schemas/StateProposal');
  });

  it('describes the body and the answer of every route', () => {
    for (const { operation } of operations) {
      const name = z.enum(Object.keys(routes)).parse(operation['operationId']);
      const route: Route | undefined = Object.entries<Route>(routes).find(([known]) => known === name)?.[1];
      expect({ name, body: 'requestBody' in operation }).toEqual({ name, body: Boolean(route?.body) });
      expect({ name, answer: JSON.stringify(operation['responses']).includes('"schema"') }).toEqual({
        name,
        answer: Boolean(route?.answer) || JSON.stringify(operation['responses']).includes('"headers"'),
      });
    }
  });
});
