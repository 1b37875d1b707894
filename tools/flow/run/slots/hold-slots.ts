import { TributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';
import { within } from '@tributary/contract/wait';

import { inContext, type RunContext } from '../context.ts';
import { tellFreed } from './freed-slots.ts';
import { unlessStopped } from '../heed-stop.ts';
import { writeLog } from '../log.ts';
import type { SlotPort } from './slot-port.ts';
import { nameAll, returnSeconds, type SlotCall, takeSlots } from './take-slots.ts';

/** Runs the body while slots are held; they are given back however it ends. */
export async function withSlots<Result>(call: SlotCall, port: SlotPort, context: RunContext, body: Body<Result>): Promise<Result> {
  const lease = await unlessStopped(takeSlots(call, port, context), context);
  return lease === null ? body() : whileHeld(lease, call, port, context, body);
}

type Body<Result> = () => Result | Promise<Result>;

/** The same for slots that were taken. */
export async function whileHeld<Result>(
  lease: LeaseId,
  call: SlotCall,
  port: SlotPort,
  context: RunContext,
  body: Body<Result>,
): Promise<Result> {
  const { signal } = context.run;
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const { promise: lost, reject } = Promise.withResolvers<never>();
  const giveBack = port.hold(lease, {
    seconds: call.leaseSeconds,
    lost() {
      const message = `The slots of ${nameAll(call)} were lost: their lease had lapsed.`;
      if (!call.strict) return writeLog(context, 'warning', `${message} The work goes on, and others may work beside it.`);
      const error = new TributaryError('locked', message);
      controller.abort(error);
      reject(error);
    },
    late: (reason) => writeLog(context, 'warning', `The lease of ${nameAll(call)} could not be renewed yet: ${reason}`),
  });
  try {
    return await Promise.race([inContext({ ...context, run: { ...context.run, signal: controller.signal } }, body), lost]);
  } finally {
    signal.removeEventListener('abort', stop);
    await within(
      returnSeconds,
      giveBack().then(() => tellFreed(port)),
    );
  }
}
