import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { start } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import type { Stage } from './stage.ts';

/** A profile of V8, in microseconds. */
const profile = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.int()).optional(),
    }),
  ),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});
type Profile = z.output<typeof profile>;

/** The folders that find out who owns a deployment, and merge the code, what was applied last, and what is live. */
const parts = /\/tools\/plan\/(?:own|merge)\//;

/** Samples of the busy time of a plan, in milliseconds. */
export interface OwnershipSamples {
  readonly whole: number[];
  /** without ownership and merging */
  readonly rest: number[];
}

/** Profiles plans of everything that the stage's workspace has. */
export async function measureOwnership({ workspace, environment, stops }: Stage, samples: number): Promise<OwnershipSamples> {
  const taken: OwnershipSamples = { whole: [], rest: [] };
  // The first plan fills the compile cache.
  for (let sample = 0; sample <= samples; sample += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-profile-'));
    try {
      const args = ['--cpu-prof', '--cpu-prof-dir', folder, join(repository, 'tools', 'cli', 'bin.mjs'), 'plan'];
      const running = await stops.add(start(process.execPath, args, { cwd: workspace.root, env: environment }), ({ stop }) => stop());
      const { code, stderr } = await running.ended;
      if (code !== 0) throw new Error(`tributary plan failed:\n${stderr}`);
      const [file = ''] = readdirSync(folder);
      const { whole, part } = timesOf(profile.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))));
      if (sample === 0) continue;
      taken.whole.push(whole);
      taken.rest.push(whole - part);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return taken;
}

/** Adds up the time in which the process was busy, and the part of it below functions of {@link parts}, with what these called. */
function timesOf({ nodes, samples, timeDeltas }: Profile): { readonly whole: number; readonly part: number } {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const counted = new Map<number, 'idle' | 'part' | 'rest'>();
  const visit = (id: number, within: boolean): void => {
    const node = byId.get(id);
    if (!node) return;
    const isPart = within || parts.test(node.callFrame.url);
    counted.set(id, node.callFrame.functionName === '(idle)' ? 'idle' : isPart ? 'part' : 'rest');
    for (const child of node.children ?? []) visit(child, isPart);
  };
  visit(nodes[0]?.id ?? 0, false);
  const times = { idle: 0, part: 0, rest: 0 };
  for (const [index, id] of samples.entries()) times[counted.get(id) ?? 'rest'] += (timeDeltas[index] ?? 0) / 1000;
  return { whole: times.part + times.rest, part: times.part };
}
