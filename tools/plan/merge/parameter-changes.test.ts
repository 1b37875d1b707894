import { expect, it } from 'vitest';
import { z } from 'zod';

import { parameterChanges } from './parameter-changes.ts';

const none = z.object({});
const jsonSchema = (parameters: z.ZodType): object => z.toJSONSchema(parameters, { io: 'input' });

/** The changes from one flow's parameters to another's, each as one line. */
function changes(from: z.ZodType | object, to: z.ZodType | object): string[] {
  const [before, after] = [from, to].map((schema) => (schema instanceof z.ZodType ? jsonSchema(schema) : schema));
  return parameterChanges(before, after).map((change) => `${change.field}: ${change.from} → ${change.to}`);
}

const only = (schema: object): object => ({ type: 'object', properties: { x: schema } });

it.each([
  [z.int().default(200), 'integer, default 200'],
  [z.int().min(1).max(1000).default(200), 'integer, 1 to 1000, default 200'],
  [z.int(), 'integer, required'],
  [z.int().optional(), 'integer'],
  [z.number().positive().lt(5).optional(), 'number, more than 0, less than 5'],
  [z.number().min(0.5).multipleOf(0.5).optional(), 'number, at least 0.5, a multiple of 0.5'],
  [z.boolean().default(false), 'boolean, default false'],
  [z.string().default('eu'), 'text, default "eu"'],
  [z.string().min(1).regex(/^a/), 'text, at least 1 character, matching /^a/, required'],
  [z.string().length(2).optional(), 'text, exactly 2 characters'],
  [z.url(), 'url, required'],
  [z.iso.date().optional(), 'date'],
  [z.iso.datetime().optional(), 'date and time'],
  [z.uuid().optional(), 'uuid'],
  [z.enum(['run', 'build', 'test']).default('build'), '"run", "build" or "test", default "build"'],
  [z.literal('all').optional(), '"all"'],
  [z.int().min(1).nullable().default(null), 'integer (at least 1) or null, default null'],
  [z.union([z.string(), z.int()]).optional(), 'text or integer'],
  [z.array(z.string()).max(5).optional(), 'list of text, at most 5 items'],
  [z.array(z.int()).optional(), 'list of integers'],
  [z.array(z.int().nullable()).optional(), 'list of (integer or null)'],
  [z.tuple([z.string(), z.int().max(3)]).optional(), 'list of exactly text and integer (at most 3)'],
  [z.record(z.string(), z.number()).optional(), 'object of numbers'],
  [z.record(z.enum(['a', 'b']), z.number()).optional(), 'object of numbers, keys "a" and "b"'],
  [z.unknown().optional(), 'any value'],
  [z.never().optional(), 'nothing'],
])('a new parameter is described: %#', (schema, text) => {
  expect(changes(none, z.object({ x: schema }))).toEqual([`parameter x: null → ${text}`]);
});

it('a removed and a changed parameter are shown with their texts', () => {
  const before = z.object({ pageSize: z.int().default(100), day: z.iso.date().optional(), same: z.int() });
  const after = z.object({ pageSize: z.int().default(200), same: z.int(), shop: z.string() });
  expect(changes(before, after)).toEqual([
    'parameter pageSize: integer, default 100 → integer, default 200',
    'parameter shop: null → text, required',
    'parameter day: date → null',
  ]);
  const nullable = z.int().nullable();
  expect(changes(z.object({ n: nullable.optional() }), z.object({ n: nullable.default(null) }))).toEqual([
    'parameter n: integer or null → integer or null, default null',
  ]);
  expect(changes(z.object({ day: z.iso.date().optional() }), z.object({ day: z.iso.date() }))).toEqual([
    'parameter day: date → date, required',
  ]);
});

it('parameters inside of objects and lists have a path, also behind a reference and in a nullable object', () => {
  const shape = z.object({ fields: z.array(z.string()) }).meta({ id: 'Select' });
  const wide = shape.extend({ limit: z.int().default(5) }).meta({ id: 'Wide' });
  expect(changes(z.object({ select: shape }), z.object({ select: wide }))).toEqual(['parameter select.limit: null → integer, default 5']);
  expect(
    changes(
      none,
      z.object({
        steps: z
          .array(z.looseObject({ name: z.string() }))
          .nullable()
          .default(null),
      }),
    ),
  ).toEqual([
    'parameter steps: null → list of object (further fields allowed) or null, default null',
    'parameter steps[].name: null → text, required',
  ]);
});

it('a recursive parameter is shown once', () => {
  const tree: z.ZodType = z.object({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  expect(changes(none, z.object({ tree }))).toEqual([
    'parameter tree: null → object, required',
    'parameter tree.name: null → text, required',
    'parameter tree.children: null → list of objects, required',
  ]);
});

it('positions, the order of parameters and titles that repeat the name are not changes, also of parameters with such names', () => {
  const from = {
    type: 'object',
    properties: { title: { type: 'string' }, position: { type: 'integer' } },
    required: ['title', 'position'],
  };
  const to = {
    title: 'Parameters',
    type: 'object',
    properties: { position: { title: 'position', position: 0, type: 'integer' }, title: { title: 'title', position: 1, type: 'string' } },
    required: ['position', 'title'],
  };
  expect(changes(from, to)).toEqual([]);
  expect(changes(from, { ...to, properties: { ...to.properties, position: { type: 'number', position: 7 } } })).toEqual([
    'parameter position: integer, required → number, required',
  ]);
});

it.each([
  [
    'a description',
    { type: 'string' },
    { type: 'string', description: 'of a shop' },
    'x.description (none) → properties.x.description "of a shop"',
  ],
  ["an author's title", { title: 'x' }, { title: 'Shop' }, 'x.title (none) → properties.x.title "Shop"'],
  [
    'the end of a long default',
    { default: 'a'.repeat(50) },
    { default: 'a'.repeat(51) },
    `x.default "${'a'.repeat(50)}" → properties.x.default "${'a'.repeat(51)}"`,
  ],
  [
    'two at once',
    { format: 'f', pattern: 'a', $comment: 'c' },
    { format: 'f', pattern: 'b' },
    'x.$comment "c" → properties.x.$comment (none) (and 1 more)',
  ],
])('%s, which no text shows, is one change of the schema', (_, from, to, line) => {
  expect(changes(only(from), only(to))).toEqual([`parameters' schema: properties.${line}`]);
});

it('a hidden change beside a shown one is one more change', () => {
  const from = z.object({ a: z.int(), b: z.string() });
  const to = z.object({ a: z.string(), b: z.string().describe('of a shop') });
  expect(changes(from, to)).toEqual([
    'parameter a: integer, required → text, required',
    'parameters\' schema: properties.b.description (none) → properties.b.description "of a shop"',
  ]);
});
