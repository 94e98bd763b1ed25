import { signal } from '@preact/signals';
import { createClient, ProblemError } from '../client.js';
import { settings } from './settings.js';

export { ProblemError };

/** Times come as ISO 8601 over the wire. */
export type Wire<T> = T extends Date ? string : T extends object ? { [Name in keyof T]: Wire<T[Name]> } : T;

/** One page of a list; `nextCursor` is `null` on the last. */
export interface Paged<T> {
  items: T[];
  nextCursor: string | null;
}

type Values = Record<string, string | number | undefined>;

/** A proof that is waited for, for a request that needs one; see `StepUpDialog`. */
export const asked = signal<{ answer: (isProved: boolean) => void } | undefined>();
let asking: Promise<boolean> | undefined;

const { user, scopes } = settings;
/** The session is in cookies that no script can read. Requests that wait for a proof at the same time share one dialog. */
export const client = createClient(undefined, {
  session: { user, scopes },
  onStepUp: () =>
    (asking ??= new Promise<boolean>((answer) => (asked.value = { answer })).finally(() => {
      asked.value = undefined;
      asking = undefined;
    })),
});

/** The session ended here or in another tab. */
export const isSignedOut = signal(false);
client.session.subscribe((session) => {
  if (session && session.user.id !== user.id) location.reload();
  isSignedOut.value = session === null;
});

/** The address with a query; values that are empty are left out. */
export function withQuery(path: string, values: Values): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return search ? `${path}?${search}` : path;
}

/** @throws ProblemError; TypeError when the server cannot be reached */
export async function get<T>(path: string, values: Values = {}): Promise<T> {
  return read(await client.fetch(withQuery(path, values), { headers: { accept: 'application/json' } }));
}

/** @throws ProblemError, also when a proof was asked for and not given; TypeError when the server cannot be reached */
export async function send<T = void>(method: string, path: string, body?: unknown): Promise<T> {
  const headers = new Headers({ accept: 'application/json' });
  if (body === undefined) return read(await client.fetch(path, { method, headers }));
  headers.set('content-type', 'application/json');
  return read(await client.fetch(path, { method, headers, body: JSON.stringify(body) }));
}

/** Sends a file as it is, of any size. @throws as {@link send} does */
export async function sendFile<T>(path: string, values: Values, file: File, type: string): Promise<T> {
  const headers = { accept: 'application/json', 'content-type': type };
  return read(await client.fetch(withQuery(path, values), { method: 'POST', headers, body: file }));
}

async function read<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '');
  const body = (isJson && text ? JSON.parse(text) : undefined) as T;
  if (answer.ok) return body;
  const {
    code = 'unknown',
    detail = answer.statusText,
    errors = [],
  } = (body ?? {}) as Partial<ProblemError> & {
    detail?: string;
  };
  throw new ProblemError(answer.status, code, detail, errors, (body ?? {}) as Record<string, unknown>);
}
