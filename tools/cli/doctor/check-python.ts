import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { messageOf } from '@tributary/contract/error';
import { z } from 'zod';

import { findChangedRequirements } from './find-changed-requirements.ts';
import { type Finding, ok, problem } from './finding.ts';

/** The version of Python, and the versions of its installed packages by normalised name. */
export interface PythonPackages {
  readonly python: string;
  readonly versions: ReadonlyMap<string, string>;
}

const answer = z.object({ python: z.string(), versions: z.record(z.string(), z.string()) });
const script =
  'import json, platform; from importlib.metadata import distributions; ' +
  'print(json.dumps({"python": platform.python_version(), "versions": {d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]}}))';

/** Reads the packages in the project's .venv. @returns the reason as text if they can't be read */
export async function readPython(root: string): Promise<PythonPackages | string> {
  const file = join(root, '.venv', 'bin', 'python');
  if (!existsSync(file)) return 'there is no .venv';
  try {
    const { stdout } = await execa(file, ['-I', '-c', script], {
      timeout: 20_000,
      extendEnv: false,
      env: { PATH: process.env['PATH'] ?? '' },
    });
    const { python, versions } = answer.parse(JSON.parse(stdout));
    return { python, versions: new Map(Object.entries(versions).map(([name, version]) => [normalise(name), version])) };
  } catch (error) {
    return `.venv/bin/python doesn't work: ${messageOf(error).split('\n')[0]}`;
  }
}

/** Checks that .venv has the packages that requirements.txt pins, such as dbt, and the user's own. */
export async function checkPython(root: string, found: PythonPackages | string): Promise<Finding> {
  const name = 'python and dbt';
  const pins = await readPins(join(root, 'requirements.txt'));
  if (pins.size === 0) return ok(name, 'requirements.txt pins nothing');
  if (typeof found === 'string') return problem(name, found, 'Run npm run setup.');
  const changed = await findChangedRequirements(root);
  if (changed.length > 0)
    return problem(
      name,
      `.venv is out of date: ${changed.join(' and ')} ${changed.length === 1 ? 'has' : 'have'} changed since it was installed`,
      'Run npm run setup.',
    );
  const differing = [...pins].filter(([each, version]) => found.versions.get(each) !== version).map(([each]) => each);
  if (differing.length > 0)
    return problem(
      name,
      `${differing.length} package${differing.length === 1 ? ' differs' : 's differ'} from requirements.txt: ${differing.slice(0, 3).join(', ')}${differing.length > 3 ? ' …' : ''}`,
      'Run npm run setup.',
    );
  const dbt = found.versions.get('dbt-core');
  return ok(name, `Python ${found.python}${dbt ? `, dbt-core ${dbt}` : ''}, ${pins.size} packages as in requirements.txt`);
}

/** Reads the `name==version` lines. Lines with a condition are skipped. */
async function readPins(file: string): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return new Map();
  }
  const pins = text.split('\n').flatMap((line): [string, string][] => {
    const match = /^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#\\]+)\s*(;)?/.exec(line.trim());
    return match?.[1] && match[2] && !match[3] ? [[normalise(match[1]), match[2]]] : [];
  });
  return new Map(pins);
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
