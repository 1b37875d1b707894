import { allPages } from '@tributary/contract/client/pages';
import type { Variable } from '@tributary/contract/nouns/variable';

import type { ApiClient } from '../engine/open.ts';
import { readNamed } from '../name/read-named.ts';

export function readVariables(client: ApiClient): Promise<Variable[]> {
  return allPages((page) => client.filterVariables({ body: page }));
}

/** @throws `not_found` with the name that was probably meant */
export function findVariable(client: ApiClient, name: string): Promise<Variable> {
  return readNamed(
    'variable',
    name,
    () => client.readVariable({ path: { name } }),
    () => readVariables(client),
    `Set it: npx tributary variable set ${name} VALUE`,
  );
}
