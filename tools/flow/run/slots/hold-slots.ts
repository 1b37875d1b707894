import { TributaryError } from '@tributary/contract/error';
import type { LeaseId } from '@tributary/contract/id';
import { within } from '@tributary/contract/wait';

import { inContext, type RunContext } from '../context.ts';
import { announceRelease } from './freed-slots.ts';
import { unlessStopped } from '../heed-stop.ts';
import { linkAbort } from '../linked-abort.ts';
import { writeLog } from '../log.ts';
import type { SlotPort } from './slot-port.ts';
import { acquireSlots, nameAll, releaseSeconds, type SlotCall } from './acquire-slots.ts';

/** Acquires slots, runs the body, and releases the slots however the body ends. */
export async function withSlots<Result>(call: SlotCall, port: SlotPort, context: RunContext, body: Body<Result>): Promise<Result> {
  const lease = await unlessStopped(acquireSlots(call, port, context), context);
  return lease === null ? body() : whileHeld(lease, call, port, context, body);
}

type Body<Result> = () => Result | Promise<Result>;

/** Runs the body with slots that are already acquired, and releases them however the body ends. */
export async function whileHeld<Result>(
  lease: LeaseId,
  call: SlotCall,
  port: SlotPort,
  context: RunContext,
  body: Body<Result>,
): Promise<Result> {
  const linked = linkAbort(context.run.signal);
  const { promise: lost, reject } = Promise.withResolvers<never>();
  const release = port.hold(lease, {
    seconds: call.leaseSeconds,
    lost() {
      const message = `The slots of ${nameAll(call)} were lost: their lease has lapsed.`;
      if (!call.strict) return writeLog(context, 'warning', `${message} The work continues, and others may take the slots.`);
      const error = new TributaryError('locked', message);
      linked.abort(error);
      reject(error);
    },
    late: (reason) => writeLog(context, 'warning', `Could not renew the lease of ${nameAll(call)} yet: ${reason}`),
  });
  try {
    return await Promise.race([inContext({ ...context, run: { ...context.run, signal: linked.signal } }, body), lost]);
  } finally {
    linked.unlink();
    await within(
      releaseSeconds,
      release().then(() => announceRelease(port)),
    );
  }
}
