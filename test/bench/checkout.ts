import { join } from 'node:path';

import type { DeploymentId } from '@tributary/contract';
import { baseJobTemplate } from '@tributary/contract/nouns/work-pool';
import { z } from 'zod';

import { openStage } from '../../tools/code/test-support/stage.ts';
import { runCommand } from '../../tools/dbt/command.ts';
import { createProject, createSurroundings, writeFiles } from '../../tools/dbt/test-support/project.ts';
import { tributary } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import { runToEnd } from './run-to-end.ts';
import type { Stage } from './stage.ts';
import { median } from './statistics.ts';
import type { Row } from './table.ts';

const pool = 'checkout';
/** How many files a checkout has. */
const files = 1000;
/** How many models the project has. */
const models = 300;

/** Checks out a held commit, and reads its files, in turn. The first ones load code. */
const flowFile = `import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout, flow } from '@tributary/flow';
import { z } from 'zod';

const timed = async (work: () => Promise<unknown>) => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const parameters = z.object({ repository: z.string(), commit: z.string(), samples: z.int() });
export const checksOut = flow({ name: 'bench', parameters }, async ({ repository, commit, samples }) => {
  const [checkouts, reads]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < samples + 2; sample += 1) {
    let dir = '';
    checkouts.push(await timed(async () => ({ dir } = await checkout({ repository, ref: commit }))));
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    reads.push(await timed(() => Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))))));
  }
  return { checkouts: checkouts.slice(2), reads: reads.slice(2) };
});
`;
const samplesOf = z.object({ value: z.object({ checkouts: z.array(z.number()), reads: z.array(z.number()) }) });

/** Measures a checkout of a held commit of {@link files} files against reading all of them, each by a flow. */
export async function measureCheckout(stage: Stage, samples: number): Promise<Row> {
  const git = await openStage((end) => void stage.stops.add(end, () => end()), true);
  const texts = Array.from({ length: files }, (_, file) => [`models/${file % 50}/m${file}.sql`, `select ${file} as n\n`.repeat(50)]);
  const commit = await git.push(Object.fromEntries(texts));
  const deployment = await deploy(stage, git.dir);
  const { state } = await runToEnd(stage, deployment, { repository: git.url, commit, samples });
  const { checkouts, reads } = samplesOf.parse(state?.data).value;
  return {
    measure: `checkout of a held commit of ${files} files, against reading them`,
    value: median(checkouts),
    unit: 'ms',
    floor: median(reads),
    promise: { most: 2 },
  };
}

async function deploy({ client, environment, stops, workspace }: Stage, store: string): Promise<DeploymentId> {
  workspace.write('ints/bench/flows/checks-out.ts', flowFile);
  await client.createWorkPool({ body: { name: pool, type: 'tributary', base_job_template: baseJobTemplate } });
  const { data: flow } = await client.createFlow({ body: { name: 'bench' } });
  const { data } = await client.createDeployment({
    body: {
      name: pool,
      flow_id: flow.id,
      work_pool_name: pool,
      path: 'ints/bench',
      entrypoint: 'flows/checks-out.ts:checksOut',
      pull_steps: [{ 'tributary.local_folder': { root: workspace.root } }],
    },
  });
  const args = ['worker', 'start', '--pool', pool, '--name', pool, '--limit', '1', '--json'];
  const env = { ...environment, TRIBUTARY_CODE_DIR: store };
  const worker = await stops.add(tributary(args, { cwd: workspace.root, env }), (running) => running.stop());
  await worker.printed(/"pool"/);
  return data.id;
}

/** Measures dbt's first command in the folder of a new commit, and the same command and change in a folder that stays, in turn. */
export async function measureNewCommit({ stops }: Pick<Stage, 'stops'>, samples: number): Promise<Row> {
  const project = await stops.add(createProject({}), ({ remove }) => Promise.resolve(remove()));
  const { surroundings } = createSurroundings({ ...project, root: join(project.root, 'ints', 'bench') });
  const write = (folder: string, change: number): void => {
    const sql = Array.from({ length: models }, (_, model) => [`models/m${model}.sql`, `select ${model === change ? change : 0} as n`]);
    writeFiles(join(project.root, folder), {
      'dbt_project.yml': 'name: shop\nprofile: shop\n',
      'profiles.yml': 'shop: {target: dev, outputs: {dev: {type: duckdb, path: ":memory:"}}}\n',
      ...Object.fromEntries(sql),
    });
  };
  const parse = async (folder: string): Promise<number> => {
    const began = performance.now();
    const projectDir = join(project.root, folder);
    await runCommand('parse', {}, { projectDir, executable: join(repository, '.venv/bin/dbt') }, surroundings);
    return performance.now() - began;
  };
  const [fresh, staying]: [number[], number[]] = [[], []];
  for (let change = 0; change <= samples; change += 1) {
    const folder = `commits/${String(change).padStart(3, '0')}`;
    write(folder, change);
    fresh.push(await parse(folder));
    write('stays', change);
    staying.push(await parse('stays'));
  }
  return {
    measure: "dbt's first command in a new commit of a known project",
    value: median(fresh.slice(1)) / 1000,
    unit: 's',
    floor: median(staying.slice(1)) / 1000,
    promise: { most: 1.2 },
  };
}
