import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  dockerfileStages,
  FILLED_IN,
  imageEnvironment,
  isPublicRoute,
  settingsOf,
  type Instruction,
} from '../../support/deployment-files.js';
import { freePort, ServerProcess } from '../../support/process.js';

const [build, final] = dockerfileStages() as [Instruction[], Instruction[]];
const all = (stage: Instruction[], instruction: string) =>
  stage.filter(([name]) => name === instruction).map(([, rest]) => rest);
const commandIn = (text: string) => JSON.parse(text.slice(text.indexOf('['))) as string[];

/** Whether a file is sent to the builder: the last pattern decides that matches it or a folder that it is in. */
function isSent(path: string): boolean {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n');
  const patterns = lines.filter((line) => /^[^#]/.test(line));
  const last = patterns.findLast((pattern) => {
    const expression = pattern.replace('!', '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
    return new RegExp(`^${expression.replace('[^/]*[^/]*/', '(.*/)?')}(/|$)`).test(path);
  });
  return last === undefined || last.startsWith('!');
}

describe('the image', () => {
  it('is built with a Node that the package and its tests take', () => {
    const [, major] = /^ARG NODE=(\d+)-/m.exec(readFileSync('Dockerfile', 'utf8'))!;
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(engines.node).toMatch(/^>=20\./);
    // An even number is that of a long-term line.
    expect(Number(major) >= 20 && Number(major) % 2 === 0).toBe(true);
    expect(all(build, 'FROM')[0]).toBe('node:${NODE} AS build');
    expect(all(final, 'FROM')[0]).toBe('node:${NODE}-slim');
  });

  it('copies what is there and what is sent', () => {
    const sources = all(build, 'COPY').flatMap((rest) => rest.split(' ').slice(0, -1));
    expect(sources).toContain('package-lock.json');
    for (const source of sources) {
      expect(existsSync(source), source).toBe(true);
      expect(isSent(source) || statSync(source).isDirectory(), source).toBe(true);
    }
  });

  it('is sent no secret, no data and no test', () => {
    const kept = [
      'package.json',
      'package-lock.json',
      'src/main.ts',
      'src/platform/config/settings.ts',
      'tsconfig.build.json',
    ];
    expect(kept.filter((path) => !isSent(path))).toEqual([]);
    const secrets = ['.env', '.env.production', 'data/secret', 'data/gatehouse.db', '.git/config', '.npmrc'];
    const rest = [
      'node_modules/pg/package.json',
      'dist/main.js',
      'test/support/app.ts',
      'src/platform/http/windows.spec.ts',
    ];
    expect([...secrets, ...rest].filter(isSent)).toEqual([]);
  });

  it('has what the server needs and nothing that it could change, and runs it as an unprivileged user', () => {
    expect(all(final, 'COPY').map((rest) => rest.split(' ').at(-2))).toEqual([
      '/app/package.json',
      '/app/node_modules',
      '/app/dist',
      '/data',
    ]);
    expect(all(final, 'COPY').filter((rest) => rest.includes('--chown'))).toEqual([
      '--from=build --chown=1000:1000 /data /data',
    ]);
    expect(all(final, 'USER')).toEqual(['1000:1000']);
    expect(all(final, 'RUN')).toEqual([]);
  });

  it('starts, once it is told where it is and the secret, with a database where it may write', () => {
    const { PUBLIC_URL = '', GATEHOUSE_SECRET = '' } = FILLED_IN;
    const environment = imageEnvironment();
    expect(JSON.stringify(environment)).not.toMatch(/SECRET|PASSWORD/);
    const settings = settingsOf({ ...environment, PUBLIC_URL, GATEHOUSE_SECRET });
    expect(settings).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' });
    expect(settings.DATABASE_URL).toBe(`sqlite:.${all(final, 'VOLUME')[0]}/gatehouse.db`);
    expect(all(final, 'WORKDIR')).toEqual(['/']);
    expect(all(final, 'EXPOSE')).toEqual([String(settings.PORT)]);
    expect(() => settingsOf({ ...environment, PUBLIC_URL })).toThrow('GATEHOUSE_SECRET is not set');
  });

  it('starts what is built, without a shell', () => {
    const [program, file, ...more] = commandIn(all(final, 'CMD')[0]!);
    expect([program, more]).toEqual(['node', []]);
    expect(existsSync(file!.replace('/app/', ''))).toBe(true);
  });

  describe('its health check', () => {
    const [program, ...args] = commandIn(all(final, 'HEALTHCHECK')[0]!);
    let server: ServerProcess;
    const check = (PORT: number) =>
      promisify(execFile)(process.execPath, args, { env: { PORT: String(PORT) } }).then(
        () => 0,
        ({ code }: { code: number }) => code,
      );

    beforeAll(async () => {
      server = await new ServerProcess(await freePort()).start();
    });
    afterAll(() => server.discard());

    it('asks a route that there is, without another program', () => {
      expect(program).toBe('node');
      expect(isPublicRoute(/\/health\/\w+/.exec(args.join(' '))![0])).toBe(true);
    });

    it('passes while the server answers, and fails when no server does', async () => {
      expect(await check(server.port)).toBe(0);
      expect(await check(await freePort())).toBe(1);
    });
  });
});
