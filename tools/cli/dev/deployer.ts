import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The outcome of deploying all integrations once. */
export interface Deployed {
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

export interface Deployer {
  /** deploys now, or after the deployment that is under way */
  deploy(why: string): void;
  /** ends the deployment that is under way, with its child processes */
  stop(): Promise<void>;
}

/**
 * Deploys all integrations, one deployment after the other. Each runs in a new process, because a process never sees changes of a module
 * that it has imported. Older code may be deployed, because the user may check out any commit while developing. Code stays in this folder, because
 * nobody commits each change.
 */
export function createDeployer(options: {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onStart: (why: string) => void;
  readonly onEnd: (deployed: Deployed) => void;
}): Deployer {
  let next: string | undefined;
  let running: { readonly ended: Promise<void>; readonly kill: () => void } | undefined;
  let stopped = false;

  const begin = (why: string): void => {
    options.onStart(why);
    const started = performance.now();
    const command = join(options.root, 'node_modules', '.bin', 'tributary');
    const child = spawn(process.execPath, [command, 'deploy', '--allow-older', '--storage', 'folder'], {
      cwd: options.root,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // In its own process group, the command doesn't get the terminal's Ctrl-C. `stop` ends it instead.
      detached: true,
    });
    // Ends the command even if this process exits without calling `stop`. Only after kill -9 does the command continue.
    const kill = (): void => killGroup(child.pid);
    process.once('exit', kill);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const ended = new Promise<void>((resolve) => {
      const end = (ok: boolean): void => {
        running = undefined;
        process.off('exit', kill);
        if (!stopped) options.onEnd({ ok, output, seconds: (performance.now() - started) / 1000 });
        resolve();
        const again = next;
        next = undefined;
        if (again !== undefined && !stopped) begin(again);
      };
      child.once('error', (error) => {
        output += error.message;
        end(false);
      });
      child.once('close', (code) => end(code === 0));
    });
    running = { ended, kill };
  };

  return {
    deploy: (why) => {
      if (running) next = why;
      else if (!stopped) begin(why);
    },
    stop: async () => {
      stopped = true;
      running?.kill();
      await running?.ended;
    },
  };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // The process group has ended already.
  }
}
