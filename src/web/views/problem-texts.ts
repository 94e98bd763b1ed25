import { WeakPassword } from '../../accounts/users/users.errors.js';
import { Problem } from '../../platform/http/problem.js';
import type { TextValues } from '../../platform/texts/texts.types.js';
import type { TextKey } from './texts.types.js';

/** What a form says of a problem with what was sent, in words for visitors. */
export interface ProblemText {
  key: TextKey;
  values?: TextValues;
}

const BY_CODE: Record<string, TextKey> = {
  invalid_credentials: 'error.credentials',
  invalid_passkey: 'error.passkey',
  invalid_challenge: 'error.stale',
  invalid_one_time_token: 'error.link',
  mfa_required: 'error.codeMissing',
  wrong_code: 'error.code',
  wrong_password: 'error.wrongPassword',
  password_required: 'error.passwordRequired',
  email_taken: 'error.emailTaken',
  factor_exists: 'error.factorExists',
  last_admin: 'error.lastAdmin',
  overloaded: 'error.overloaded',
  mail_off: 'error.mailOff',
  too_many_api_keys: 'error.tooManyKeys',
  unknown_user_code: 'error.userCode',
};
const MINUTE_S = 60;

/** `undefined` for a problem that no form can do anything about, which is a page of its own. */
export function textOf(problem: Problem): ProblemText | undefined {
  const { code, headers } = problem;
  if (problem instanceof WeakPassword) return { key: `error.weakPassword.${problem.reason}` };
  if (code === 'too_many_requests') return tooOften(Number(headers['retry-after'] ?? MINUTE_S));
  const key = BY_CODE[code];
  return key && { key };
}

/** In whole minutes, for who counts seconds sends the form too early. */
function tooOften(seconds: number): ProblemText {
  if (seconds < MINUTE_S) return { key: 'error.tooOftenSeconds', values: { count: seconds } };
  return { key: 'error.tooOftenMinutes', values: { count: Math.ceil(seconds / MINUTE_S) } };
}

/** What a form says of a failure, and at which field if it is about one. @throws what no form can do anything about */
export function refusalText(error: unknown, values: TextValues = {}) {
  const problem = error instanceof Problem ? textOf(error) : undefined;
  if (!problem) throw error;
  const { status, errors, headers } = error as Problem;
  const field = errors?.[0]?.field;
  return { problem: { values, ...problem }, field, status, headers };
}
