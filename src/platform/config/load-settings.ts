import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { secretFromFile } from './secret-file.js';
import { isStrongSecret } from './setting-formats.js';
import { noteOrigins } from './setting-origins.js';
import { Settings } from './settings.js';
import { StartupError } from './startup.error.js';

const SECRET_FILE = 'data/secret';
/** On PostgreSQL, where there may be other nodes: long enough for a proxy that looks every second or two. */
const MANY_NODES_DELAY_MS = 5_000;
/** Settings whose value must never be printed, not even when it is wrong. */
export const SECRETS: ReadonlySet<string> = new Set([
  'GATEHOUSE_SECRET',
  'GATEHOUSE_SECRET_PREVIOUS',
  'ADMIN_PASSWORD',
  'DATABASE_URL',
  'REDIS_URL',
  'SMTP_URL',
]);

/**
 * Reads and checks the environment. Where a secret may be kept in a file, a new one is made unless `mayMakeSecret` is false.
 * @throws StartupError with one line per bad setting: its name, what was wrong, what is allowed.
 */
export function loadSettings(
  env: Record<string, string | undefined>,
  { mayMakeSecret = true } = {},
): Settings {
  const given = Object.fromEntries(
    settingNames().flatMap((name) => (env[name]?.trim() ? [[name, env[name]]] : [])),
  );
  const settings = plainToInstance(Settings, given, { exposeDefaultValues: true });
  if (!given['PUBLIC_URL']) settings.PUBLIC_URL = `http://localhost:${settings.PORT}`;
  if (!given['SHUTDOWN_DELAY'])
    settings.SHUTDOWN_DELAY = given['DATABASE_URL']?.startsWith('postgres') ? MANY_NODES_DELAY_MS : 0;
  const isFileSecretAllowed = !given['GATEHOUSE_SECRET'] && settings.NODE_ENV !== 'production';

  const problems = validateSync(settings)
    .filter(({ property }) => !(property === 'GATEHOUSE_SECRET' && isFileSecretAllowed))
    .map(({ property, constraints }) => describe(property, given[property], Object.values(constraints!)[0]!));
  problems.push(...unsafeInProduction(settings));
  if (problems.length > 0) throw new StartupError(problems);

  if (isFileSecretAllowed)
    settings.GATEHOUSE_SECRET = secretFromFile(SECRET_FILE, isStrongSecret, mayMakeSecret);
  noteOrigins(settings, env, Object.keys(given), isFileSecretAllowed ? SECRET_FILE : undefined);
  return Object.freeze(settings);
}

/** The names of all settings, in the order in which they are declared. */
export function settingNames(): string[] {
  return Object.keys(new Settings());
}

/** What each setting may be, by its name, in the words that the server starts with when it is not. */
export function allowedValues(): Record<string, string> {
  const unset = Object.assign(
    new Settings(),
    Object.fromEntries(settingNames().map((name) => [name, undefined])),
  );
  return Object.fromEntries(
    validateSync(unset).map(({ property, constraints }) => [property, Object.values(constraints!)[0]!]),
  );
}

function describe(name: string, value: string | undefined, allowed: string): string {
  if (value === undefined) return `${name} is not set; it must be ${allowed}`;
  return SECRETS.has(name)
    ? `${name} is not valid; it must be ${allowed}`
    : `${name} is ${JSON.stringify(value)}; it must be ${allowed}`;
}

function unsafeInProduction(settings: Settings): string[] {
  if (settings.NODE_ENV !== 'production' || !settings.PUBLIC_URL?.startsWith('http:')) return [];
  if (settings.isPlainLocalhost) return [];
  return [`PUBLIC_URL is ${JSON.stringify(settings.PUBLIC_URL)}; in production it must start with https://`];
}
