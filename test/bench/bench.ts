// `npm run bench`: what starting runs costs, as ratios to what Node itself costs on the same machine in the same minutes.
import { parseArgs } from 'node:util';

import { measureBurst } from './burst.ts';
import { startBench } from './stage.ts';
import { median, percentile } from './statistics.ts';
import { toTable, type Row } from './table.ts';
import { measureTrigger } from './trigger.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    samples: { type: 'string', default: '31' },
    bursts: { type: 'string', default: '15' },
  },
});
const samples = Number(values.samples);
const bursts = Number(values.bursts);
const note = (text: string) => void process.stderr.write(`${text}\n`);

const stage = await startBench();
const rows: Row[] = [];
try {
  note(`Trigger to user code: ${samples} samples of each, in turn …`);
  const trigger = await measureTrigger(stage, samples);
  const floor = median(trigger.bare);
  rows.push(
    {
      measure: 'trigger to user code, prestarted, median',
      value: median(trigger.prestarted),
      floor,
      ratio: median(trigger.prestarted) / floor,
      most: 0.8,
    },
    {
      measure: 'trigger to user code, prestarted, p95',
      value: percentile(trigger.prestarted, 95),
      floor,
      ratio: percentile(trigger.prestarted, 95) / floor,
      most: 1.5,
    },
    {
      measure: 'trigger to user code, --prestart 0, median',
      value: median(trigger.spawned),
      floor,
      ratio: median(trigger.spawned) / floor,
      most: 5,
    },
  );
  note(`Bursts of ${stage.burstSize} no-op runs, ${stage.width} wide: ${bursts} of each, in turn …`);
  const burst = await measureBurst(stage, bursts);
  rows.push({
    measure: `burst of ${stage.burstSize} no-op runs, runs a second`,
    value: median(burst.runs),
    floor: median(burst.reference),
    ratio: median(burst.runs) / median(burst.reference),
    least: 0.5,
  });
} finally {
  await stage.close();
}

if (values.json) console.log(JSON.stringify({ node: process.versions.node, samples, bursts, rows }, undefined, 2));
else console.log(toTable(rows));
process.exitCode = rows.every(({ ratio, most, least }) => (most === undefined || ratio <= most) && (least === undefined || ratio >= least))
  ? 0
  : 1;
