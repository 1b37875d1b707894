import { expect, it } from 'vitest';

import { directoriesOf } from './directories.ts';

it.each<[what: string, files: readonly string[], directories: readonly string[]]>([
  ['nothing else', [], ['ints/shop']],
  ['its own files', ['ints/shop/deployments.ts', 'ints/shop/flows/load.ts'], ['ints/shop']],
  ['files of another folder', ['ints/shared/size.ts'], ['ints/shared', 'ints/shop']],
  ['folders in a folder, whose own files come with them', ['ints/shared/a.ts', 'ints/shared/sql/b.sql'], ['ints/shared/sql', 'ints/shop']],
  ['files above its folder, which come with it', ['ints/types.ts', 'tsconfig.json'], ['ints/shop']],
  ['a folder whose name begins like its own', ['ints/shopping/a.ts'], ['ints/shop', 'ints/shopping']],
])('an integration needs %s', (_, files, directories) => {
  expect(directoriesOf('ints/shop', files)).toEqual(directories);
});
