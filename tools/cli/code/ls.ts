import type { Code, StoredLayer } from '@tributary/code';
import { fromMillis } from '@tributary/contract/moment';
import { shortHash } from '@tributary/contract/short-hash';

import type { Call } from '../command/call.ts';
import { dateTime } from '../print/moment.ts';
import { size } from '../print/size.ts';
import { table } from '../print/text.ts';
import { type DeploymentsOf, findDeployments } from './find-deployments.ts';
import { bytesOf, layerName, openCode } from './open.ts';

/** Lists the layers of the code store, and what they are for. */
export async function ls(call: Call): Promise<undefined> {
  const { folder, upkeep } = openCode(call);
  const layers = await upkeep.list();
  const deploymentsOf = layers.length > 0 ? await findDeployments(call) : undefined;
  const bytes = bytesOf(layers);
  call.out.result({ folder, bytes, layers: layers.map((layer) => toJson(layer, deploymentsOf)) }, () =>
    [
      table(
        ['LAYER', 'SIZE', 'LAST USED', 'IN USE', 'CODE', 'DEPLOYMENTS'],
        layers.map((layer) => [
          layerName(layer),
          size(layer.bytes),
          dateTime(fromMillis(layer.usedAt)),
          layer.inUse ? 'yes' : 'no',
          few([...new Set(layer.code.map(codeText))]),
          deploymentsOf ? few(namesOf(layer, deploymentsOf)) : '?',
        ]),
        'The store has no code. A worker fills it when it runs a deployment whose code is in a Git repository.',
      ),
      `\n${size(bytes)} in ${folder}`,
    ].join('\n'),
  );
}

function toJson({ kind, key, bytes, usedAt, inUse, code }: StoredLayer, deploymentsOf: DeploymentsOf | undefined): object {
  return {
    kind,
    key,
    bytes,
    last_used: fromMillis(usedAt),
    in_use: inUse,
    code: code.map((one) => codeToJson(one, deploymentsOf)),
  };
}

function codeToJson(code: Code, deploymentsOf: DeploymentsOf | undefined): object {
  const { filesOnly = false, ...named } = code;
  return { ...named, files_only: filesOnly, deployments: deploymentsOf ? deploymentsOf(code) : null };
}

function namesOf({ code }: StoredLayer, deploymentsOf: DeploymentsOf): string[] {
  return [...new Set(code.flatMap(deploymentsOf))].toSorted();
}

/** `acme/data 1a2b3c4d5e6f ints/shop` */
function codeText({ repository, commit, directories }: Code): string {
  const path = new URL(repository).pathname.replace(/^\/|\.git$/g, '');
  return [path, shortHash(commit), ...directories].join(' ');
}

function few(texts: readonly string[]): string {
  const [first = '-', ...others] = texts;
  return others.length > 0 ? `${first} and ${others.length} more` : first;
}
