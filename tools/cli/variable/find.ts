import { allPages } from '@tributary/contract/client/pages';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import type { Variable } from '@tributary/contract/nouns/variable';

import type { ApiClient } from '../engine/open.ts';
import { nearest } from '../name/nearest.ts';

export function readVariables(client: ApiClient): Promise<Variable[]> {
  return allPages((page) => client.filterVariables({ body: page }));
}

/** @throws `not_found`, with the name that was probably meant */
export async function findVariable(client: ApiClient, name: string): Promise<Variable> {
  try {
    return (await client.readVariable({ path: { name } })).data;
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw error;
    const meant = nearest(
      name,
      (await readVariables(client)).map((variable) => variable.name),
    );
    throw new TributaryError(
      'not_found',
      `There is no variable "${name}". ${meant ? `Did you mean ${meant}?` : `Set it: npx tributary variable set ${name} VALUE`}`,
      { cause: error },
    );
  }
}
