import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Finding } from '@tributary/contract/nouns/plan';

import type { Code } from '../closure/open-code.ts';
import { findOlderCode, type Overwritten } from './older-code.ts';
import { type Created, findOlderCreates } from './older-creates.ts';
import { findUncommitted } from './uncommitted-live.ts';

/** What a deploy writes. */
interface Written {
  /** the live deployments that it updates or deletes */
  readonly overwritten: readonly Overwritten[];
  readonly created: readonly Created[];
}

interface Given {
  /** the live deployments of this workspace */
  readonly owned: readonly Deployment[];
  readonly code: Code;
  readonly root: string;
  /** whether the plan is applied next, or only shown */
  readonly deploys: boolean;
}

/** Finds live code that a deploy from this clone would set back: it refuses to replace newer code, and warns of code that nobody committed. */
export async function guardLive({ overwritten, created }: Written, { owned, code, root, deploys }: Given): Promise<Finding[]> {
  const older = [...(await findOlderCode(overwritten, { code, root })), ...(await findOlderCreates(created, { owned, code, root }))];
  return [...(deploys ? older : older.map(toPreview)), ...(await findUncommitted(overwritten, { code, root }))];
}

/** A plan of an older clone isn't a failure: CI may plan a pull request whose branch is behind, and once it is merged nothing is wrong with it. */
function toPreview(finding: Finding): Finding {
  const message = `${finding.message} Until then a deploy is refused, and this plan shows what it would set back.`;
  return { ...finding, severity: 'warning', message };
}
