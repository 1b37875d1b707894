import { describe, expect, it } from 'vitest';

import { conePatterns, folderPatterns, parentsOf } from './sparse-patterns.ts';

describe('the patterns of a sparse checkout', () => {
  it('are the whole repository without folders', () => {
    expect(conePatterns([])).toBe('/*\n');
  });

  it('have the files above each folder, and no folder twice', () => {
    expect(parentsOf(['ints/shop', 'ints/shop/flows', 'a/b/c'])).toEqual(['a', 'a/b', 'ints']);
    expect(conePatterns(['ints/shop', 'ints/shop/flows', 'a/b/c'])).toBe(
      '/*\n!/*/\n/a/\n!/a/*/\n/a/b/\n!/a/b/*/\n/ints/\n!/ints/*/\n/ints/shop/\n/a/b/c/\n',
    );
  });

  it('may have a folder and nothing else', () => {
    expect(folderPatterns(['tools/flow', 'tools/contract'])).toBe('/tools/flow/\n/tools/contract/\n');
  });
});
