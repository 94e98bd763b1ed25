import { runNode, startNode, type Said, type Started } from './run-node.js';

/** What the kit calls what it tries, in the order in which it does. */
export const SCENARIOS = [
  'parallel refreshes of one token',
  'three tabs',
  'lost response, then a retry',
  'refresh races logout',
  'garbage and forged tokens',
  'replay of a rotated token after the reuse window',
] as const;

/** Starts the kit as a process of its own. */
export function startRaceKit(args: string[], password?: string): Started {
  return startNode(commandOf(args), { env: environmentOf(password) });
}

/** Starts the kit and waits for its end. */
export function runRaceKit(args: string[], password?: string, input?: string): Promise<Said> {
  return runNode(commandOf(args), { env: environmentOf(password), input });
}

/** The scenarios that ended with this word. */
export function ended(outcome: 'held' | 'BROKEN' | 'skipped', { out }: Said): string[] {
  const lines = out.split('\n').filter((line) => line.startsWith(outcome));
  return lines.map((line) => line.replace(outcome, '').trim().replace(/:.*/, ''));
}

function commandOf(args: string[]): string[] {
  return ['tools/race-kit/run.mjs', ...args];
}

function environmentOf(password: string | undefined): Record<string, string> {
  return password === undefined ? {} : { RACE_KIT_PASSWORD: password };
}
