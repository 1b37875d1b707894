import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { type EmbeddedInstallation, install, type Installation, installOn } from '../support/installation.ts';
import type { Ended } from '../support/process.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';

/** A deployments.ts with so many deployments that two requests apply them. */
const source = (flow: string) => `import { deployFactory, flow } from '@tributary/flow';
export const theFlow = flow({ name: '${flow}' }, async () => 1);
${Array.from({ length: 210 }, (_, index) => `export const d${index} = deployFactory({ name: 'd${index}', flow: theFlow, cron: '0 5 * * *' });`).join('\n')}
`;

describe('a deploy to our server', () => {
  let server: EmbeddedInstallation;
  let proxy: Proxy;
  let on: Installation;

  beforeAll(async () => {
    server = await install({});
    proxy = await startProxy(server.url);
    on = await installOn({ TRIBUTARY_API_URL: proxy.url }, {});
  });
  afterEach(() => {
    proxy.fault = () => undefined;
  });
  afterAll(async () => {
    await on?.close();
    await proxy?.close();
    await server?.close();
  });

  const countOf = async (flow: string): Promise<number> =>
    (await on.client.countDeployments({ body: { flows: { name: { any_: [flow] } } } })).data;
  /** Calls back at the second request that applies deployments. */
  function atSecondPart(act: () => void): void {
    let parts = 0;
    proxy.fault = ({ path }) => {
      if (path !== '/tributary/apply' || (parts += 1) < 2) return undefined;
      act();
      return 'silence';
    };
  }
  /** Deploys again. @returns the writes that it sent */
  async function finish(flow: string, outcome: string): Promise<string[]> {
    const before = proxy.requests.length;
    const ended: Ended = await on.command(['deploy', flow]).ended;
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining(outcome) });
    expect(await countOf(flow)).toBe(210);
    return proxy.requests.slice(before).flatMap(({ path }) => (path === '/tributary/apply' ? [path] : []));
  }

  it('that was killed between two parts left the first one whole, and the next deploy sends the rest', async () => {
    on.workspace.write('ints/killed/deployments.ts', source('killed'));
    const stuck = Promise.withResolvers<void>();
    atSecondPart(stuck.resolve);
    const deploying = on.command(['deploy', 'killed']);
    await stuck.promise;
    deploying.kill('SIGKILL');
    await deploying.ended;
    proxy.fault = () => undefined;
    expect(await countOf('killed')).toBe(200);
    expect(await finish('killed', '10 created, 0 updated, 200 unchanged')).toHaveLength(1);
    expect(await finish('killed', '0 created, 0 updated, 210 unchanged')).toEqual([]);
  });

  it('whose server was killed says what was done, and the next deploy sends the rest', async () => {
    on.workspace.write('ints/cut/deployments.ts', source('cut'));
    atSecondPart(() => server.server.kill('SIGKILL'));
    const deploying = on.command(['deploy', 'cut']);
    await server.server.ended;
    proxy.fault = () => 'reset';
    const cut = await deploying.ended;
    expect(cut).toMatchObject({ code: 1, stdout: expect.stringContaining('200 created, 0 updated, 0 unchanged, 1 integration failed.') });
    expect(cut.stdout.match(/! failed cut\/d\d+: POST \S+\/tributary\/apply got no answer/g)).toHaveLength(10);
    await server.startServer();
    proxy.fault = () => undefined;
    expect(await finish('cut', '10 created, 0 updated, 200 unchanged')).toHaveLength(1);
  });
});
