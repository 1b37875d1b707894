import { afterAll, beforeAll, expect, it } from 'vitest';

import { sayOn } from '../test-support/say.ts';
import { createStage, type Stage } from '../test-support/stage.ts';

let on: Stage;
beforeAll(async () => {
  on = await createStage();
});
afterAll(() => on.close());
const { text, refusal } = sayOn(() => on);

const schema = { type: 'object', properties: { approved: { type: 'boolean' }, reason: { type: 'string' } }, required: ['approved'] };

/** Creates a run that paused itself. @param asks whether the run waits for input */
async function paused(name: string, asks: boolean): Promise<string> {
  const id = await on.trigger(await on.deploy('asking', name), name);
  await on.state(id, 'PENDING');
  await on.state(id, 'RUNNING');
  if (asks) await on.client.createFlowRunInput({ path: { id }, body: { key: 'ask-schema', value: JSON.stringify(schema) } });
  await on.client.setFlowRunState({
    path: { id },
    body: {
      state: {
        type: 'PAUSED',
        state_details: {
          pause_key: '1',
          pause_timeout: new Date(Date.now() + 60_000).toISOString(),
          ...(asks ? { run_input_keyset: { schema: 'ask-schema', response: 'ask-response' } } : {}),
        },
      },
    },
  });
  return id;
}

it('a paused run is resumed with the input that it waits for', async () => {
  const id = await paused('question', true);
  const command = `npx tributary flow-run resume ${id} --input approved=… --input reason=…`;
  expect(await text('flow-run', 'inspect', 'question')).toContain(`\nResume it       ${command}\n`);
  const watching = on.start(['flow-run', 'watch', 'question']);
  await watching.printed(/resumed: .*\n/);
  watching.kill('SIGINT');
  expect((await watching.ended).stdout).toMatch(new RegExp(`asking/question  Paused\\n.* waits to be resumed: ${command}\\n$`));
  expect(await refusal('flow-run', 'resume', 'question')).toMatch(/was not resumed: .*approved.*The run waits for: approved, reason\./s);
  expect(await text('flow-run', 'resume', 'question', '--inputs', '{"approved": true}', '--input', 'reason=2026')).toContain(
    'continues (Running)',
  );
  const { data: input } = await on.client.readFlowRunInput({ path: { id, key: 'ask-response' } });
  expect(input).toEqual({ approved: true, reason: '2026' });
});

it("input is refused if the run doesn't wait for input, and a run that isn't paused can't be resumed", async () => {
  await paused('plain', false);
  expect(await refusal('flow-run', 'resume', 'plain', '--input', 'a=1')).toContain("isn't waiting for input");
  await text('flow-run', 'resume', 'plain');
  expect(await refusal('flow-run', 'resume', 'plain')).toBe('Flow run plain is Running: only a paused or suspended run can be resumed.\n');
});

it('a running run is suspended, and resumed', async () => {
  const deployment = await on.deploy('suspending', 'py');
  const id = await on.trigger(deployment, 'theirs');
  expect(await refusal('flow-run', 'suspend', 'theirs')).toMatch(/was not suspended: .*not currently running/);
  await on.state(id, 'PENDING');
  await on.state(id, 'RUNNING');
  expect(await text('flow-run', 'suspend', '--help')).toContain('(default: 1h)');
  expect(await text('flow-run', 'suspend', 'theirs', '--timeout', '2h')).toContain('will end its process before its next task');
  const { data: run } = await on.client.readFlowRun({ path: { id } });
  expect(run).toMatchObject({ state_name: 'Suspended', state: { state_details: { pause_reschedule: true } } });
  expect(await text('flow-run', 'resume', 'theirs')).toContain('continues (Resuming)');
});
