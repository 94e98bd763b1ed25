import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Settings } from '../../src/platform/config/settings.js';
import { GATEHOUSE_SECRET } from './process.js';
import { loadSettings, settingNames } from '../../src/platform/config/load-settings.js';

type Environment = Record<string, string>;

/** Values for what the operator has to fill in, by the name of the variable. */
export const FILLED_IN: Environment = {
  PUBLIC_URL: 'https://auth.example.com',
  GATEHOUSE_SECRET,
  DATABASE_URL: 'postgres://gatehouse:0123456789abcdef@postgres:5432/gatehouse',
  ADMIN_EMAIL: 'admin@example.com',
  ADMIN_PASSWORD: 'the first admin of this one',
  POSTGRES_PASSWORD: '0123456789abcdef',
  TLS_CERTIFICATE: '/etc/ssl/auth.pem',
  TLS_KEY: '/etc/ssl/auth.key',
};

/** The instructions of a stage of the Dockerfile, each with its arguments in one line. */
export type Instruction = [name: string, rest: string];

/** The stages of the Dockerfile, in order. */
export function dockerfileStages(): Instruction[][] {
  const lines = readFileSync('Dockerfile', 'utf8').split('\n');
  const instructions = lines.filter((line) => /^[A-Z]+ /.test(line)).map((line) => line.split(/ (.*)/s));
  const stages: Instruction[][] = [];
  for (const [name, rest] of instructions as Instruction[]) {
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push([name, rest]);
  }
  return stages;
}

/** What the image sets in the environment. */
export function imageEnvironment(): Environment {
  const [, rest] = dockerfileStages()
    .at(-1)!
    .find(([name]) => name === 'ENV')!;
  return Object.fromEntries(rest.split(' ').map((pair) => pair.split('=') as [string, string]));
}

/** The settings that a node has in an environment; fails for what it would not start with, or does not know. */
export function settingsOf(environment: Environment): Settings {
  expect(settingNames()).toEqual(expect.arrayContaining(Object.keys(environment)));
  return loadSettings(environment);
}

/** Milliseconds that a node may take to stop. */
export function stopsWithin({ SHUTDOWN_DELAY }: Settings): number {
  const found = /STOP_WITHIN_MS = ([\d_]+)/.exec(readFileSync('src/main.ts', 'utf8'));
  expect(found, 'src/main.ts says how long a stop may take').not.toBeNull();
  return SHUTDOWN_DELAY + Number(found![1]!.replaceAll('_', ''));
}

/** Whether a path is that of a public GET route. */
export function isPublicRoute(path: string): boolean {
  return new RegExp(`^GET +${path} +public `, 'm').test(
    readFileSync('test/platform/access/access-matrix.txt', 'utf8'),
  );
}
