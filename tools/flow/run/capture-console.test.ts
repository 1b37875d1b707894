import { newId, type FlowRunId } from '@tributary/contract/id';
import { afterEach, expect, it, vi } from 'vitest';

import { flow } from '../author/flow.ts';
import { task } from '../author/task.ts';
import { captureConsole } from './capture-console.ts';
import { hideSecret } from './secret-mask.ts';
import { record } from './test-support/recording-run.ts';

let undo = (): void => undefined;
afterEach(() => undo());

it('what user code prints goes to the log of its run or task, with secrets masked', async () => {
  const recording = record();
  const root = newId<FlowRunId>();
  undo = captureConsole(recording.port, root);
  hideSecret('hunter2-hunter2');
  console.info('while loading');
  const noisy = task({ name: 'noisy' }, () => console.warn('key', 'hunter2-hunter2'));
  await recording.start(
    flow({ name: 'f' }, async () => {
      console.log('%d rows', 3, { a: 1 });
      await noisy();
    }),
  );
  undo();
  expect(recording.logs).toMatchObject([
    { name: 'tributary.console', level: 20, message: 'while loading', flow_run_id: root, task_run_id: null },
    { level: 20, message: '3 rows { a: 1 }' },
    { level: 30, message: 'key ********', task_run_id: recording.reports[0]?.task_run.id },
  ]);
  expect(recording.logs[1]?.flow_run_id).not.toBe(root);
});

it('secrets are masked in what user code writes directly to a stream, until the streams are restored', () => {
  const written: unknown[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(chunk) > 0);
  undo = captureConsole(record().port, newId<FlowRunId>());
  hideSecret('hunter2-hunter2');
  process.stdout.write('key hunter2-hunter2\n');
  process.stdout.write(Buffer.from('bytes hunter2-hunter2\n'));
  process.stdout.write(Buffer.from([0xff]));
  undo();
  spy.mockRestore();
  expect(written).toEqual(['key ********\n', Buffer.from('bytes ********\n'), Buffer.from([0xff])]);
});
