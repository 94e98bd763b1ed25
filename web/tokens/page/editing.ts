import { computed, signal } from '@preact/signals';
import { algorithmFor, fits, isPrivate } from '../algorithms.js';
import type { Key } from '../key-reading.js';
import { isJson, parseObject, textIn, type Json } from '../json.js';
import type { NotSigned } from '../signing.js';
import { toBase64Url } from '../bytes.js';
import { decoded, given, paste, pasted, token } from './state.js';

/** The header and the payload as they are being typed; `undefined` while nothing is edited. */
export const draft = signal<{ header: string; payload: string }>();
/** What was pasted before, to go back to. */
export const original = signal<string>();
/** Why the draft is not signed. */
export const refusal = signal<NotSigned>();
/** Whether to sign with a weak secret. */
export const isInsisting = signal(false);

export const draftHeader = computed(() => headerOf(draft.value?.header ?? ''));

/** Begins with the token that is there, or with nothing. */
export function startEditing(): void {
  const { parts = [], header, claims } = decoded.value ?? {};
  const payload = parts.find(({ name }) => name === 'payload');
  original.value ??= pasted.value;
  draft.value = {
    header: header ? JSON.stringify(header, null, 2) : '{\n  "alg": "ES256",\n  "typ": "JWT"\n}',
    payload: claims ? JSON.stringify(claims, null, 2) : (payload?.text ?? '{}'),
  };
}

/** Keeps what was made. */
export function stopEditing(): void {
  draft.value = undefined;
}

export function undoEditing(): void {
  draft.value = undefined;
  refusal.value = undefined;
  if (original.value !== undefined) paste(original.value);
  original.value = undefined;
}

/** Takes a change and signs the result; without a key that fits, it stays unsigned. */
export async function change(part: Partial<{ header: string; payload: string }>): Promise<void> {
  draft.value = { ...draft.value!, ...part };
  await signDraft();
}

/** A private key that fits comes first; in its absence the first, so that it can be said what is wrong with it. */
function signingKey(header: Json): Key | undefined {
  const fitting = given.value.keys.filter(({ jwk }) => {
    const algorithm = algorithmFor(textIn(header, 'alg'), jwk);
    return algorithm && fits(algorithm, jwk);
  });
  return fitting.find(({ jwk }) => isPrivate(jwk)) ?? fitting[0] ?? given.value.keys[0];
}

export async function signDraft(): Promise<void> {
  const current = draft.value;
  const header = draftHeader.value;
  if (!current || !header) return;
  const signing = await import('../signing.js');
  try {
    const signed = await signing.sign(
      header,
      compact(current.payload),
      signingKey(header)?.jwk,
      isInsisting.value,
    );
    if (draft.value !== current) return;
    refusal.value = undefined;
    paste(signed);
  } catch (error) {
    if (draft.value !== current) return;
    if (error instanceof signing.NotSigned) refusal.value = error;
    paste(`${toBase64Url(JSON.stringify(header))}.${toBase64Url(compact(current.payload))}.`);
  }
}

/** Claims are signed without the space between them; what is no JSON is signed as it is. */
function compact(payload: string): string {
  try {
    const value: unknown = JSON.parse(payload);
    return isJson(value) ? JSON.stringify(value) : payload;
  } catch {
    return payload;
  }
}

function headerOf(text: string): Json | undefined {
  try {
    return parseObject(text);
  } catch {
    return undefined;
  }
}

/** Moves a token to now: issued now, and as long as before. */
export function renewTimes(nowS: number): void {
  let claims: Json | undefined;
  try {
    claims = parseObject(draft.value?.payload ?? '');
  } catch {
    return;
  }
  if (!claims) return;
  const from = Number(claims['iat'] ?? claims['nbf'] ?? nowS);
  const moved = Object.entries(claims).map(([name, value]) => {
    const isTime = ['iat', 'nbf', 'exp', 'auth_time'].includes(name) && typeof value === 'number';
    return [name, isTime ? value + nowS - from : value];
  });
  void change({ payload: JSON.stringify(Object.fromEntries(moved), null, 2) });
}

/** Whether the token on show is the one that is being made. */
export const isShown = computed(() => draft.value !== undefined && token.value !== '');
