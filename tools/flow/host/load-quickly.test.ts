import { afterEach, beforeEach, expect, it } from 'vitest';

import { StandInWorker } from '../test-support/stand-in-worker.ts';

let worker: StandInWorker;
beforeEach(async () => {
  worker = await StandInWorker.start();
});
afterEach(() => worker.close());

it("a flow can use any of zod's locales", async () => {
  const { host, run } = await worker.begin(`
    import { z } from 'zod';
    import { fr } from 'zod/locales';
    export const main = flow({ name: 'export' }, () => {
      const say = () => z.string().safeParse(1).error.issues[0].message;
      return [z.locales.de(), fr(), z.locales.en()].map((locale) => (z.config(locale), say()));
    });`);
  await host.ended;
  expect(run.state['data']).toEqual({
    value: [
      'Ungültige Eingabe: erwartet string, erhalten Zahl',
      'Entrée invalide : chaîne de caractères attendu, nombre reçu',
      'Invalid input: expected string, received number',
    ],
  });
  expect(host.output).toBe('');
});

it("what an integration imports is resolved by Node's own rules: a symbolic link stands for its file", async () => {
  const { host, run } = await worker.begin(
    `
    import { symlink } from 'node:fs/promises';
    export const main = flow({ name: 'export' }, async () => {
      await symlink('../shared/api.ts', 'flows/linked.ts');
      return (await import('./linked.ts')).name;
    });`,
    {},
    { files: { 'shared/api.ts': "export * from './name.ts';", 'shared/name.ts': "export const name: string = 'beside the file';" } },
  );
  await host.ended;
  expect(run.state['data']).toEqual({ value: 'beside the file' });
});
