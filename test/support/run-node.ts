import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

/** What a process wrote to standard output and error, and its exit code: `null` when a signal ended it. */
export interface Said {
  code: number | null;
  out: string;
  err: string;
}

/** A process of Node that was started; `said` grows until `ended`. */
export interface Started {
  child: ChildProcessWithoutNullStreams;
  said: Omit<Said, 'code'>;
  ended: Promise<Said>;
}

interface Options {
  cwd?: string;
  /** Its environment, next to `PATH`: nothing of ours. */
  env?: Record<string, string>;
}

/** Starts a script. Its standard input stays open. */
export function startNode(args: string[], { cwd, env = {} }: Options = {}): Started {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, args, { cwd, env: { PATH, ...env } });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += String(chunk)));
  child.stderr.on('data', (chunk) => (said.err += String(chunk)));
  // It may have ended before it reads.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }));
  return { child, said, ended };
}

/** Runs a script to its end, with `input` on standard input. */
export function runNode(
  args: string[],
  { input = '', ...options }: Options & { input?: string } = {},
): Promise<Said> {
  const { child, ended } = startNode(args, options);
  child.stdin.end(input);
  return ended;
}

/** Ends a process, unless it has ended, and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}
