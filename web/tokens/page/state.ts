import { computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import { decode, type Decoded } from '../decoding.js';
import type { Disclosed } from '../disclosures.js';
import type { Decryption } from '../encryption.js';
import { findTokens } from '../finding.js';
import { readKeys } from '../key-reading.js';
import type { Link } from '../links.js';
import type { Note } from '../messages.js';
import { reportOn } from '../report.js';
import { readFragment } from '../sharing.js';
import { lifetimeOf } from '../times.js';
import type { Given, Verification } from '../verification.js';
import { isSecure, locale, settings } from './settings.js';

/** What was pasted, which of its tokens is looked at, and the key. */
export const pasted = signal('');
export const chosen = signal(0);
export const keyText = signal('');
/** Seconds that clocks may differ. */
export const skewS = signal(0);
/** An authorization code, for `c_hash`. */
export const code = signal('');
/** Milliseconds since 1970, each second. */
export const now = signal(Date.now());

export const found = computed(() => findTokens(pasted.value));
export const token = computed(() => found.value[Math.min(chosen.value, found.value.length - 1)]?.token ?? '');
export const decoded = computed(() => (token.value === '' ? undefined : decode(token.value)));

/** Those that were given, and the published ones of this server. */
export const given = computed(() => readKeys(keyText.value));
const ownKeys = readKeys(JSON.stringify(settings.jwks)).keys;
export const keys = computed(() => [...given.value.keys, ...ownKeys]);

export const lifetime = computed(() => {
  const { claims, kind } = decoded.value ?? {};
  return claims && kind !== 'jwe' ? lifetimeOf(claims, now.value, skewS.value, locale) : undefined;
});
/** Computed when the token changes, and not each second. */
export const remarks = computed(() =>
  decoded.value ? reportOn(decoded.value, { now: now.peek(), skewS: skewS.value, locale }).remarks : [],
);

export const verification = later<Verification>(async (current) => {
  if (current.kind === 'opaque' || current.kind === 'jwe') return undefined;
  // Signals are noticed only when they are read before the first wait.
  const tried: Given = { keys: keys.value, source: keyText.value };
  return (await import('../verification.js')).verify(current, tried);
});
export const decryption = later<Decryption>(async (current) => {
  const { keys: candidates } = given.value;
  if (current.kind !== 'jwe') return undefined;
  return (await import('../encryption.js')).decrypt(current, candidates);
});
export const disclosed = later<Disclosed>(async (current) =>
  current.kind === 'sd-jwt' ? (await import('../disclosures.js')).disclose(current) : undefined,
);
export const keyBinding = later<{ isRight: boolean; note: Note }>(async (current) =>
  current.kind === 'sd-jwt' ? (await import('../disclosures.js')).checkKeyBinding(current) : undefined,
);
export const links = later<Link[]>(async (current) => {
  const [others, authorizationCode] = [found.value, code.value];
  const { linksOf } = await import('../links.js');
  return linksOf(
    current,
    others.map((each) => (each.token === current.token ? current : decode(each.token))),
    authorizationCode,
  );
});

/** Takes a text in the place of what was there. */
export function paste(text: string): void {
  pasted.value = text;
  chosen.value = 0;
}

/** A link of ours or of jwt.io: its fragment is read, and taken out of the history. */
export function takeFragment(): void {
  const shared = readFragment(location.hash);
  if (!shared) return;
  history.replaceState(null, '', location.pathname + location.search);
  paste(shared.token);
  if (shared.publicKey !== undefined) keyText.value = shared.publicKey;
}

/** What takes time to find out; the answer to an older question is dropped. */
function later<T>(find: (current: Decoded) => Promise<T | undefined>): ReadonlySignal<T | undefined> {
  const result = signal<T>();
  let latest = 0;
  effect(() => {
    const current = decoded.value;
    const question = ++latest;
    const answer = current && isSecure ? find(current) : Promise.resolve(undefined);
    answer.then(
      (value) => {
        if (question === latest) result.value = value;
      },
      () => {
        if (question === latest) result.value = undefined;
      },
    );
  });
  return result;
}
