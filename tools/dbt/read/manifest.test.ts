import { expect, it } from 'vitest';

import { causesOf, readParents } from './manifest.ts';

const parents = new Map([
  ['model.b', ['model.a']],
  ['model.c', ['model.b', 'source.x']],
  ['test.a_unique', ['model.a']],
  ['test.z', ['model.z']],
]);

it('finds which failed nodes kept one from running: those above it, and tests of what is above it', () => {
  expect(causesOf('model.c', ['model.a', 'model.z'], parents)).toEqual(['model.a']);
  expect(causesOf('model.c', ['test.a_unique', 'test.z'], parents)).toEqual(['test.a_unique']);
  expect(causesOf('model.a', ['model.c'], parents)).toEqual([]);
});

it('knows no edges where dbt wrote no manifest', () => {
  expect(readParents('/nowhere').size).toBe(0);
});
