import { cutText } from '@tributary/contract/cut-text';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { dateTime } from '../print/moment.ts';
import { table } from '../print/text.ts';
import { readVariables } from './find.ts';
import { valueText } from './get.ts';

export async function ls(call: Call): Promise<undefined> {
  const { client } = await openEngine(call, 'read');
  const variables = await readVariables(client);
  call.out.result(variables, () =>
    table(
      ['VARIABLE', 'VALUE', 'TAGS', 'UPDATED'],
      variables.map(({ name, value, tags, updated }) => [name, cutText(valueText(value), 60), tags.join(', '), dateTime(updated)]),
      'There are no variables.',
    ),
  );
}
