import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  FILLED_IN,
  imageEnvironment,
  isPublicRoute,
  settingsOf,
  stopsWithin,
} from '../../support/deployment-files.js';

const NODES = ['gatehouse-1', 'gatehouse-2'];
const text = readFileSync('compose.yaml', 'utf8');
const VARIABLE = /\$\{(\w+)(:?\?)?([^}]*)\}/g;

/** What compose does before it reads the file. */
const filledIn = text.replace(VARIABLE, (_, name: string) => FILLED_IN[name]!);
const { services, networks } = parse(filledIn, { merge: true }) as {
  services: Record<string, any>;
  networks: any;
};
const secondsOf = (duration: string) => Number(/^(\d+)s$/.exec(duration)![1]);

describe('compose.yaml', () => {
  it('says what a variable is for that must be set, and knows no secret', () => {
    const variables = [...text.matchAll(VARIABLE)].map(([, name, kind, words]) => ({ name, kind, words }));
    // Only the password of an admin who is there by now may be empty.
    for (const { name, kind, words } of variables) {
      expect({ name, kind }).toEqual({ name, kind: name === 'ADMIN_PASSWORD' ? '?' : ':?' });
      expect(words).not.toBe('');
    }
    expect(new Set(variables.map(({ name }) => name))).toEqual(
      new Set([
        'PUBLIC_URL',
        'GATEHOUSE_SECRET',
        'ADMIN_EMAIL',
        'ADMIN_PASSWORD',
        'POSTGRES_PASSWORD',
        'TLS_CERTIFICATE',
        'TLS_KEY',
      ]),
    );
    expect(text).not.toMatch(/(SECRET|PASSWORD)\w*: (?!\$\{)/);
  });

  it.each(NODES)('starts %s in production, on the database and the Redis that are there', (name) => {
    const settings = settingsOf({ ...imageEnvironment(), ...services[name].environment });
    expect(settings.NODE_ENV).toBe('production');
    expect(new URL(settings.DATABASE_URL).hostname).toBe('postgres');
    expect(new URL(settings.REDIS_URL).hostname).toBe('redis');
    const { POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD } = services['postgres'].environment;
    expect(settings.DATABASE_URL).toBe(
      `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`,
    );
    expect(settings.TRUST_PROXY).toEqual(['1']);
  });

  it.each(NODES)('hands all other settings of .env to %s, and lets none move it elsewhere', (name) => {
    expect(services[name].env_file).toEqual([{ path: '.env', required: false }]);
    const development = { NODE_ENV: 'development', HOST: 'localhost', PORT: '8080', MAX_SESSIONS: '7' };
    const settings = settingsOf({ ...imageEnvironment(), ...development, ...services[name].environment });
    expect(settings).toMatchObject({
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: 3000,
      MAX_SESSIONS: 7,
    });
  });

  it.each(NODES)('gives %s the time to stop, and nothing to write to', (name) => {
    const node = services[name];
    const settings = settingsOf({ ...imageEnvironment(), ...node.environment });
    expect(secondsOf(node.stop_grace_period) * 1000).toBeGreaterThan(stopsWithin(settings));
    expect(node).toMatchObject({ read_only: true, init: true, cap_drop: ['ALL'] });
    expect(node).not.toHaveProperty('ports');
    expect(node).not.toHaveProperty('volumes');
  });

  it('waits for what is healthy, and asks everything whether it is', () => {
    const asked = Object.keys(services).filter((name) => services[name].healthcheck);
    // The image of a node has a check of its own.
    expect([...asked, ...NODES].toSorted()).toEqual(Object.keys(services).toSorted());
    for (const { depends_on: needed = {} } of Object.values(services)) {
      for (const [name, how] of Object.entries(needed)) {
        expect(services).toHaveProperty(name);
        expect(how).toEqual({ condition: 'service_healthy' });
      }
    }
    const [url] = services['nginx'].healthcheck.test.slice(-1);
    expect(isPublicRoute(new URL(url).pathname)).toBe(true);
  });

  it('shows nothing but nginx, which has the configuration that is there', () => {
    expect(Object.keys(services).filter((name) => services[name].ports)).toEqual(['nginx']);
    const files = services['nginx'].volumes.map((volume: string) => volume.split(':')) as string[][];
    expect(existsSync(files[0]![0]!)).toBe(true);
    const nginx = readFileSync(files[0]![0]!, 'utf8');
    for (const [, inside] of files.slice(1)) expect(nginx).toContain(` ${inside};`);
    const upstream = [...nginx.matchAll(/^ +server (\S+):(\d+) /gm)].map(([, host, port]) => [host, port]);
    expect(upstream).toEqual(NODES.map((name) => [name, '3000']));
    expect(networks.back).toEqual({ internal: true });
    for (const name of ['postgres', 'redis']) expect(services[name].networks).toEqual(['back']);
  });
});
