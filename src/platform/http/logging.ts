import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Level, type Logger } from 'pino';
import type { Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { LogOutput } from './log-output.js';

/** Never in a log, however they got there. No `code`: errors have one, and a reader of the log needs it. */
const SECRETS = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'token',
  'challenge_token',
  'device-token',
  'deviceToken',
  'key',
  'passkey',
  'secret',
  // `otpauth:`, which holds the secret.
  'uri',
  'recoveryCodes',
];
const REDACTED = SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

/** The process's log: one JSON object per line, on standard output unless it is a command's. */
export function makeLogger(
  { LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>,
  output: DestinationStream = new LogOutput(),
): Logger {
  return pino(
    { level: LOG_LEVEL, redact: REDACTED, base: null, serializers: { err: withoutValues } },
    output,
  );
}

/** An error without what its maker hung on it: the database's carry the values of the statement. */
export function withoutValues(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return { type: name, message, stack, code, ...(cause !== undefined && { cause: withoutValues(cause) }) };
}

/** Nest's own account of how it starts, which is for debugging. */
const START_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Lets Nest and its modules write to the same log. */
export class NestLog implements LoggerService {
  constructor(private readonly pino: Logger) {}

  log = (message: unknown, ...rest: unknown[]) => this.write('info', message, rest);
  error = (message: unknown, ...rest: unknown[]) => this.write('error', message, rest);
  warn = (message: unknown, ...rest: unknown[]) => this.write('warn', message, rest);
  debug = (message: unknown, ...rest: unknown[]) => this.write('debug', message, rest);
  verbose = (message: unknown, ...rest: unknown[]) => this.write('trace', message, rest);
  fatal = (message: unknown, ...rest: unknown[]) => this.write('fatal', message, rest);

  /** Nest passes the context, which is the name of the class that logs, last. */
  private write(level: Level, message: unknown, rest: unknown[]) {
    const context = rest.at(-1);
    if (level === 'info' && START_CONTEXTS.has(String(context))) level = 'debug';
    // `main.ts` says it to the operator, in one line.
    if (message instanceof StartupError) level = 'debug';
    if (message instanceof Error) this.pino[level]({ err: message, context });
    else if (typeof message === 'object') this.pino[level]({ ...message, context });
    else this.pino[level]({ context }, String(message));
  }
}
