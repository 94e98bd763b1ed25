import type { Answer } from './client.js';

/** What a browser keeps of an answer. */
export interface Jar {
  access: string;
  refresh: string;
  /** Given with a sign-in, not with a refresh. */
  device: string | undefined;
  /** As it is sent to paths under /v1/auth. */
  both: string;
}

/** The cookies that an answer sets. */
export function jarOf({ headers }: Answer): Jar {
  const pairs = headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]!);
  const find = (name: string) => pairs.find((pair) => pair.includes(name))?.replace(/^[^=]+=/, '');
  return {
    access: find('access')!,
    refresh: find('refresh')!,
    device: find('device'),
    both: pairs.join('; '),
  };
}
