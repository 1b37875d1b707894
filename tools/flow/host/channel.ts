import { issuesOf, TributaryError } from '@tributary/contract/error';
import { type HostCommand, hostCommand, type HostReport, newestTicketVersion, oldestTicketVersion } from '@tributary/contract/ticket';

/** The IPC channel to the worker that started this process. */
export interface Channel {
  /** Sends a report without waiting. A small report is delivered even from an exit handler. */
  send(report: HostReport): void;
  /** Sends a report. Resolves when it was delivered, or can't be delivered any more. */
  deliver(report: HostReport): Promise<void>;
}

/**
 * Opens the channel to the worker.
 * @param on.command called for each message of the worker
 * @param on.failed called for each message that isn't a valid command
 * @param on.closed called when the worker has exited
 * @returns undefined if this process was started without a channel
 */
export function openChannel(on: {
  readonly command: (command: HostCommand) => void;
  readonly failed: (error: TributaryError) => void;
  readonly closed: () => void;
}): Channel | undefined {
  const post = process.send?.bind(process);
  if (!post) return undefined;
  process.on('message', (message) => {
    // zod's JIT compilation takes 5 ms, and pays off only after many messages, but a host receives one.
    const command = hostCommand.safeParse(message, { jitless: true });
    if (command.success) return on.command(command.data);
    const issues = issuesOf(command.error).map(({ path, message: text }) => `${path || 'message'}: ${text}`);
    on.failed(
      new TributaryError(
        'crashed',
        `The worker sent an unknown message to this run host, which takes tickets of versions ${oldestTicketVersion} to ${newestTicketVersion}: ${issues.join('; ')}. Install @tributary/flow and the worker in the same version.`,
      ),
    );
  });
  process.on('disconnect', on.closed);
  return {
    send(report) {
      // Without a callback, a failed send would be an uncaught exception: Node emits an 'error' event, for which there is no listener.
      if (process.connected) post(report, undefined, undefined, () => {});
    },
    deliver: (report) =>
      new Promise((resolve) => {
        if (process.connected) post(report, undefined, undefined, () => resolve());
        else resolve();
      }),
  };
}

/** How many milliseconds a run has to wait before its worker gets a message. Many waits are shorter. */
const shortWait = 50;

/**
 * Sends the worker a message when the run does nothing but wait for runs of deployments, and when it works again. While the run waits, the
 * worker may start another run.
 * @returns a function to call at each of these changes
 */
export function reportWaiting(channel: Pick<Channel, 'send'>): (isWaiting: boolean) => void {
  let timer: NodeJS.Timeout | undefined;
  let isReported = false;
  return (isWaiting) => {
    clearTimeout(timer);
    if (isWaiting) {
      timer = setTimeout(() => {
        isReported = true;
        channel.send({ type: 'waiting' });
      }, shortWait).unref();
    } else if (isReported) {
      isReported = false;
      channel.send({ type: 'working' });
    }
  };
}
