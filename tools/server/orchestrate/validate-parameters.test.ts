import { expect, it } from 'vitest';
import { z } from 'zod';

import { validateParameters } from './validate-parameters.ts';

const schema = z.toJSONSchema(
  z.strictObject({
    baseUrl: z.url().default('https://dummyjson.com'),
    limit: z.int().positive(),
    models: z.array(z.strictObject({ name: z.string(), mode: z.enum(['run', 'build']) })).default([]),
    note: z.string().nullable().default(null),
  }),
  { io: 'input' },
);

it('valid parameters have no issues', () => {
  expect(validateParameters(schema, { limit: 3 })).toEqual([]);
  expect(validateParameters(schema, { limit: 3, note: null, models: [{ name: 'a', mode: 'run' }] })).toEqual([]);
});

it('an issue has a path and a message', () => {
  const issues = validateParameters(schema, { baseUrl: 'no url', models: [{ name: 1, mode: 'drop' }], note: 5, typo: true });
  expect(issues).toEqual(
    expect.arrayContaining([
      { path: 'limit', message: 'is missing' },
      { path: 'typo', message: "isn't a parameter of this flow" },
      { path: 'baseUrl', message: 'must match format "uri"' },
      { path: 'models[0].name', message: 'must be string' },
      { path: 'models[0].mode', message: 'must be one of ["run","build"]' },
      { path: 'note', message: 'must be string or null' },
    ]),
  );
  expect(issues).toHaveLength(6);
});

it('a value of a wrong format is one issue, without the pattern that stands for the format', () => {
  const days = z.toJSONSchema(z.object({ day: z.iso.date(), code: z.string().regex(/^[A-Z]+$/) }), { io: 'input' });
  expect(validateParameters(days, { day: 'yesterday', code: 'x' })).toEqual([
    { path: 'day', message: 'must match format "date"' },
    { path: 'code', message: 'must match pattern "^[A-Z]+$"' },
  ]);
});

it("reads a Python deployment's schema", () => {
  const python = {
    title: 'Parameters',
    type: 'object',
    properties: { day: { title: 'day', type: 'string', format: 'date-time', position: 0 }, options: { $ref: '#/definitions/Options' } },
    required: ['day'],
    definitions: { Options: { type: 'object', properties: { limit: { type: 'integer' } } } },
  };
  expect(validateParameters(python, { day: '2026-01-01T00:00:00Z', more: 1 })).toEqual([]);
  expect(validateParameters(python, { day: 'soon', options: { limit: 'x' } }).map(({ path }) => path)).toEqual(['day', 'options.limit']);
});

it('keeps two schemas with the same $id apart', () => {
  expect(validateParameters({ $id: 'https://example.com/p', type: 'object', required: ['a'] }, {})).toHaveLength(1);
  expect(validateParameters({ $id: 'https://example.com/p', type: 'object' }, {})).toEqual([]);
});

it('an invalid schema is an issue', () => {
  expect(validateParameters({ type: 'nonsense' }, {})[0]?.message).toMatch(/^the schema can't be used/);
  expect(validateParameters({ $async: true, type: 'object', required: ['a'] }, {})).toEqual([{ path: 'a', message: 'is missing' }]);
});

it('validates with more schemas in turn than it keeps compiled', () => {
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 210; index += 1) {
      expect(validateParameters({ type: 'object', required: [`p${index}`] }, {})).toEqual([{ path: `p${index}`, message: 'is missing' }]);
    }
  }
});
