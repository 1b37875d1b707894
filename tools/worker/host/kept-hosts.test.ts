import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openStage } from '../test-support/stage.ts';

const folder = join(import.meta.dirname, '../test-support/kept-hosts');
/** SHA-256 of each kept host. Commits that have such a host stay as they are, so it isn't changed: a new version of tickets needs a new file. */
const kept: Readonly<Record<string, string>> = {
  'version-2.ts': '9074c758b3a8b0284e7c8394ff6c670c9e3b0cf04eee60b11c9bcac54180e1f3',
  'version-3.ts': '876429455dcfda1045803d85b7401bf58853a596ab9c88331ee1eb4ca9fc820f',
};

it("a kept host isn't changed, and a new one is listed here", () => {
  const hash = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
  expect(Object.fromEntries(readdirSync(folder).map((file) => [file, hash(file)]))).toEqual(kept);
});

describe.concurrent.for([2, 3])('the host of a commit from when tickets had version %i', (version) => {
  it('executes a run of the worker of today, with an integer of any size', async ({ onTestFinished }) => {
    const { server, deployment, root, ...stage } = await openStage(onTestFinished);
    copyFileSync(join(folder, `version-${version}.ts`), join(root, 'framework/host.ts'));
    await stage.work();
    const parameters = { id: 356686000032329832n };
    const id = server.addRun(deployment, parameters);
    await stage.until('its end', () => ['COMPLETED', 'CRASHED'].includes(server.state(id).type));
    expect(server.state(id)).toMatchObject({ type: 'COMPLETED' });
    expect((await stage.host(id)).ticket).toMatchObject({ version, parameters });
    expect(server.history(id)).toEqual(['Scheduled', 'Pending', 'Submitting', 'Running', 'Completed']);
  });

  it('ends its run itself when the run is cancelled', async ({ onTestFinished }) => {
    const { server, deployment, root, ...stage } = await openStage(onTestFinished);
    copyFileSync(join(folder, `version-${version}.ts`), join(root, 'framework/host.ts'));
    await stage.work();
    const id = server.addRun(deployment, { do: 'hang' });
    await stage.until('RUNNING', () => server.state(id).type === 'RUNNING');
    server.write(id, { type: 'CANCELLING' });
    await stage.until('CANCELLED', () => server.state(id).type === 'CANCELLED');
    expect(server.state(id).message).toBeUndefined();
  });
});
