import { expect, it } from 'vitest';

import { record } from '../run/test-support/recording-run.ts';
import { flow } from './flow.ts';
import { logger } from './logger.ts';
import { run } from './run.ts';
import { task } from './task.ts';

it('log lines have their level, and in a task the task run’s id', async () => {
  const recording = record();
  const inner = task({ name: 'inner' }, () => logger.warning('careful'));
  await recording.start(
    flow({ name: 'f' }, async () => {
      logger.debug('a', { b: 1 });
      await inner();
    }),
  );
  expect(recording.logs).toMatchObject([
    { level: 10, message: 'a { b: 1 }', task_run_id: null, name: 'tributary.flow_runs' },
    { level: 30, message: 'careful', task_run_id: recording.reports[0]?.task_run.id, name: 'tributary.task_runs' },
  ]);
});

it('run() is refused outside a flow', () => {
  expect(() => run()).toThrow('run() was called outside a flow');
});
