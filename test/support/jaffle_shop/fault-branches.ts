import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { gitIn } from '../git.ts';

/** Where dbt or a reader of its tables waits on the branch `waiting`, each with the key of an advisory lock of Postgres. */
export const waitingPlaces = { model: 1, test: 2, dashboard: 3 } as const;

const waitFor = (place: keyof typeof waitingPlaces) => `pg_advisory_xact_lock_shared(${waitingPlaces[place]})::text`;
const waiting = (place: keyof typeof waitingPlaces) =>
  `select waited from (select ${waitFor(place)} as waited) as waits where waited = 'no'\n`;

/** What each branch changes in the repository of the jaffle shop; null removes the file. */
const branches = {
  'broken-model': { 'models/orders.sql': "select no_such_column from {{ ref('stg_orders') }}\n" },
  'failing-test': { 'tests/no_customers.sql': "select customer_id from {{ ref('customers') }}\n" },
  'no-project': { 'dbt_project.yml': null },
  // Nothing listens on this port, as without a network.
  'lost-packages': { 'packages.yml': 'packages: [{git: "http://127.0.0.1:9/acme/utils.git", revision: "1.0"}]\n' },
  waiting: {
    'models/waits.sql': waiting('model'),
    'tests/waits.sql': waiting('test'),
    // Everybody else than dbt waits who reads this view.
    'models/customers.sql': (text: string) =>
      `{{ config(materialized='view') }}\n${text.trimEnd().replace(/select \* from final$/, `select final.* from final, (select case when current_setting('application_name') = 'dbt' then '' else ${waitFor('dashboard')} end) as reader`)}\n`,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string | null | ((text: string) => string)>>>>;

export type FaultBranch = keyof typeof branches;

/** Pushes the branches to a repository of the jaffle shop. @param origin its folder */
export function pushFaultBranches(origin: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-branches-'));
  const git = (...args: readonly string[]) => gitIn(folder, ...args);
  try {
    git('clone', '--quiet', origin, '.');
    for (const [branch, files] of Object.entries(branches)) {
      git('checkout', '--quiet', '-B', branch, 'origin/main');
      for (const [path, change] of Object.entries(files)) {
        const file = join(folder, path);
        mkdirSync(dirname(file), { recursive: true });
        if (change === null) rmSync(file);
        else writeFileSync(file, typeof change === 'string' ? change : change(readFileSync(file, 'utf8')));
      }
      git('add', '--all');
      git('commit', '--quiet', '--message', branch);
    }
    git('push', '--quiet', origin, ...Object.keys(branches));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
