import { expect, it } from 'vitest';
import { z } from 'zod';

import { parameterSchema } from './parameter-schema.ts';

it('a flow without parameters has an empty schema', () => {
  expect(parameterSchema('export', null)).toEqual({ title: 'Parameters', type: 'object', properties: {}, additionalProperties: false });
});

it('defaulted fields are optional, and unknown ones are refused at every depth', () => {
  const schema = z.object({ page: z.int().default(1), filter: z.object({ names: z.array(z.object({ name: z.string() })) }) });
  expect(parameterSchema('export', schema)).toMatchObject({
    required: ['filter'],
    additionalProperties: false,
    properties: {
      page: { default: 1 },
      filter: { additionalProperties: false, properties: { names: { items: { additionalProperties: false, required: ['name'] } } } },
    },
  });
});

it('each field has a title and a position, for the form on a page', () => {
  const { properties } = parameterSchema('export', z.object({ day: z.iso.date(), limit: z.int().meta({ title: 'How many' }) }));
  expect(properties).toMatchObject({ day: { title: 'day', position: 0 }, limit: { title: 'How many', position: 1 } });
});

it('a loose object and a record take further keys', () => {
  const { properties } = parameterSchema(
    'export',
    z.object({ any: z.looseObject({ a: z.string() }), map: z.record(z.string(), z.number()) }),
  );
  expect(properties).toMatchObject({ any: { additionalProperties: {} }, map: { additionalProperties: { type: 'number' } } });
});

it('no part of an intersection refuses the keys of another part', () => {
  const either = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
  const other = z.union([z.object({ c: z.string() }), z.record(z.string(), z.number())]);
  const { properties } = parameterSchema('export', z.object({ both: either.and(z.object({ c: z.string() })), all: either.and(other) }));
  expect(properties).toMatchObject({
    both: {
      anyOf: [
        { properties: { a: {}, c: {} }, additionalProperties: false },
        { properties: { b: {}, c: {} }, additionalProperties: false },
      ],
    },
  });
  expect(properties).toMatchObject({ all: { allOf: expect.anything() } });
  expect(JSON.stringify(Object(properties).all)).not.toContain('"additionalProperties":false');
});

it.each([
  [z.object({ id: z.number().default(2 ** 60) }), 'the default of parameter id is 1152921504606847000'],
  [z.object({ a: z.array(z.object({ id: z.number().prefault(-(2 ** 60)) })) }), 'the default of parameter a[].id is -1152921504606847000'],
  [
    z.object({ a: z.object({ ids: z.array(z.number()) }).default({ ids: [1, 2 ** 53] }) }),
    'the default of parameter a.ids[1] is 9007199254740992',
  ],
  [z.object({ id: z.any().default(5n) }), 'the default of parameter id is the bigint 5: write it as a text, "5"'],
  [z.object({ id: z.union([z.literal(2 ** 60), z.string()]) }), 'the value of parameter id is 1152921504606847000'],
])('a value that JavaScript may have rounded is named, with what to write instead (%#)', (schema, reason) => {
  expect(() => parameterSchema('export', schema)).toThrow(
    expect.objectContaining({ code: 'invalid_parameters', message: expect.stringContaining(`Flow "export": ${reason}`) }),
  );
  expect(() => parameterSchema('export', schema)).toThrow(/write it as a text.* and use z\.string\(\)/);
});

it('a bound may be any number, and a default may be any number that JavaScript has not rounded', () => {
  const schema = z.object({
    id: z
      .number()
      .max(2 ** 60)
      .default(1e22),
    note: z.string().default('356686000032329832'),
  });
  expect(parameterSchema('export', schema)).toMatchObject({
    properties: { id: { default: 1e22 }, note: { default: '356686000032329832' } },
  });
});

it.each([
  [z.object({ since: z.date() }), 'since', /z\.iso\.date\(\) or z\.iso\.datetime\(\)/],
  [z.object({ window: z.object({ from: z.coerce.date().optional() }) }), 'window.from', /z\.iso\.date/],
  [z.object({ ids: z.array(z.bigint()) }), 'ids[]', /z\.int\(\)/],
  [z.object({ url: z.instanceof(URL) }), 'url', /\.transform\(\)/],
  [z.object({ map: z.map(z.string(), z.string()) }), 'map', /z\.record/],
  [z.object({ set: z.set(z.string()) }), 'set', /z\.array/],
])("a field that JSON can't hold is named, with what to write instead (%#)", (schema, path, advice) => {
  expect(() => parameterSchema('export', schema)).toThrow(
    expect.objectContaining({ code: 'invalid_parameters', message: expect.stringContaining(`Flow "export": parameter ${path} `) }),
  );
  expect(() => parameterSchema('export', schema)).toThrow(advice);
});
