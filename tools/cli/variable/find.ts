import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError } from '@tributary/contract/error';
import type { Variable } from '@tributary/contract/nouns/variable';

import type { ApiClient } from '../engine/open.ts';
import { noSuch } from '../name/no-such.ts';

export function readVariables(client: ApiClient): Promise<Variable[]> {
  return allPages((page) => client.filterVariables({ body: page }));
}

/** @throws `not_found` with the name that was probably meant */
export async function findVariable(client: ApiClient, name: string): Promise<Variable> {
  try {
    return (await client.readVariable({ path: { name } })).data;
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
    const names = (await readVariables(client)).map((variable) => variable.name);
    throw noSuch('variable', name, names, `Set it: npx tributary variable set ${name} VALUE`);
  }
}
