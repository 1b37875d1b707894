import { expect, it } from 'vitest';

import { filesWithToken, findIn } from '../../tools/code/test-support/find-token.ts';
import { eventually } from '../support/eventually.ts';
import { installWithGit } from '../support/git-installation.ts';
import { install } from '../support/installation.ts';

it.for<[string, string]>([
  ['is started again', 'w1'],
  ['is replaced', 'w2'],
])(
  'a run whose worker is killed while it fetches the code is not lost: it runs once when the worker %s',
  async ([, next], { onTestFinished }) => {
    const { on, git, ...code } = await installWithGit(onTestFinished, (environment) => install({}, environment));
    let seen = 0;
    git.server.setFault(() => void (seen += 1));
    const flags = ['--prestart', '0', '--heartbeat-seconds', '0.5'];
    const killed = await on.startWorker('w1', flags);
    const deployment = await code.deploy('from git', { concurrency_limit: 1 });
    const id = await code.trigger(deployment);
    await eventually(() => seen, Boolean);
    await on.until(id, ['Fetching code']);
    // The run has the only slot of its deployment.
    const second = await code.trigger(deployment);
    await on.until(second, ['AwaitingConcurrencySlot']);
    killed.kill('SIGKILL');
    await killed.ended;
    git.server.setFault(undefined);
    const worker = await on.startWorker(next, flags);
    for (const run of [id, second]) expect(await on.ended(run, 60)).toMatchObject({ state_type: 'COMPLETED', run_count: 1 });
    const states = await code.statesOf(id);
    expect(states.map(({ name }) => name).filter((name) => name !== 'Submitting')).toEqual([
      'Scheduled',
      'Pending',
      'Fetching code',
      'AwaitingCode',
      'Pending',
      'Fetching code',
      'Running',
      'Completed',
    ]);
    expect(states.find(({ name }) => name === 'AwaitingCode')?.message).toMatch(
      /^Worker "w1" (restarted|went silent).* The run had not started, so another worker takes it\.$/,
    );
    expect((await on.read(id)).labels).toMatchObject({ 'tributary.worker': next, 'tributary.code.commit': code.commit });
    expect(await code.logOf(id)).toContainEqual(expect.stringContaining(`Code: commit ${code.commit.slice(0, 12)} of ${git.url}`));
    await worker.stop();
    // The server's database and logs, and the store.
    expect([...filesWithToken(on.workspace.home), ...filesWithToken(git.dir)]).toEqual([]);
    expect(findIn([killed, worker].map(({ output }) => output()).join('\n'))).toEqual([]);
  },
);
