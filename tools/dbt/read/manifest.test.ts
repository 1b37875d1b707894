import { expect, it } from 'vitest';

import { causesOf, readParents } from './manifest.ts';

const parents = new Map([
  ['model.b', ['model.a']],
  ['model.c', ['model.b', 'source.x']],
  ['test.a_unique', ['model.a']],
  ['test.z', ['model.z']],
]);

it('finds the failed nodes that kept a node from running: those above it, and tests of nodes above it', () => {
  expect(causesOf('model.c', ['model.a', 'model.z'], parents)).toEqual(['model.a']);
  expect(causesOf('model.c', ['test.a_unique', 'test.z'], parents)).toEqual(['test.a_unique']);
  expect(causesOf('model.a', ['model.c'], parents)).toEqual([]);
});

it('finds no edges without a manifest', () => {
  expect(readParents('/nowhere').size).toBe(0);
});
