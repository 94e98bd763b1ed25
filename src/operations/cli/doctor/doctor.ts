import { warningsOf } from '../../../platform/config/setting-warnings.js';
import type { Settings } from '../../../platform/config/settings.js';
import { StartupError } from '../../../platform/config/startup.error.js';
import type { Outcome } from '../outcome.js';
import { checkDatabase } from './database-checks.js';
import { findings, type Finding } from './finding.js';
import { checkIssuer } from './issuer-check.js';
import { checkMail } from './mail-check.js';
import { checkRedis } from './redis-check.js';
import { loadSettings } from '../../../platform/config/load-settings.js';

/** Longer than any check takes that ends by itself. */
const WITHIN_MS = 8_000;

/** Looks at everything a server needs, and changes nothing. Every fault becomes a line; nothing blocks it. */
export async function doctor(env: NodeJS.ProcessEnv): Promise<Outcome> {
  const found = await examine(env);
  return {
    lines: found.map(({ status, name, detail }) => `${status.padEnd(4)}  ${name.padEnd(10)}  ${detail}`),
    data: found,
    isFailure: found.some(({ status }) => status === 'fail'),
  };
}

async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { ok, warn, fail } = findings('settings');
  let settings: Settings;
  try {
    settings = loadSettings(env, { mayMakeSecret: false });
  } catch (error) {
    const lines = error instanceof StartupError ? error.lines : [(error as Error).message];
    return [...lines.map(fail), warn('nothing else was checked, for all of it needs the settings')];
  }
  const isExposed = settings.NODE_ENV !== 'production' && !settings.isPlainLocalhost;
  const summary = `${settings.NODE_ENV}, at ${settings.PUBLIC_URL}`;
  const checks = [
    inTime('database', checkDatabase(settings)),
    inTime('mail', checkMail(settings)),
    inTime('redis', checkRedis(settings)),
    inTime('issuer', checkIssuer(settings)),
  ];
  const first = isExposed ? warn(`${summary}; set NODE_ENV=production where others come in`) : ok(summary);
  return [first, ...warningsOf(settings).map(warn), ...(await Promise.all(checks)).flat()];
}

async function inTime(name: string, check: Promise<Finding[]>): Promise<Finding[]> {
  const { fail } = findings(name);
  let timer: NodeJS.Timeout;
  const late = new Promise<Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([fail(`no answer within ${WITHIN_MS / 1000} s`)]), WITHIN_MS);
  });
  try {
    return await Promise.race([check, late]);
  } catch (error) {
    return [fail((error as Error).message.split('\n')[0]!)];
  } finally {
    clearTimeout(timer!);
  }
}
