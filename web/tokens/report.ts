import { decode, type Decoded } from './decoding.js';
import { isJson, textIn, type Json } from './json.js';
import { note, type Note, type Severity } from './messages.js';
import { profileNotes } from './profiles.js';
import { sizeNotes } from './sizes.js';
import { lifetimeOf, timeNotes, type Lifetime } from './times.js';

/** Something to know of a token. */
export interface Remark {
  severity: Severity;
  note: Note;
}

/** What is known of a token before any key is tried. */
export interface Report {
  decoded: Decoded;
  lifetime: Lifetime | undefined;
  remarks: Remark[];
}

/** How a token is looked at. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  now: number;
  skewS?: number;
  locale?: string;
}

/** Everything that a token says by itself: what is broken, when it ends, what kind it is and what that kind lacks. */
export function report(token: string, circumstances: Circumstances): Report {
  return reportOn(decode(token), circumstances);
}

/** The same of a token that is decoded already. */
export function reportOn(decoded: Decoded, { now, skewS = 0, locale = 'en' }: Circumstances): Report {
  const { claims, header, kind } = decoded;
  const isJwt = claims !== undefined && kind !== 'jwe';
  return {
    decoded,
    lifetime: isJwt ? lifetimeOf(claims, now, skewS, locale) : undefined,
    remarks: [
      ...(header ? headerRemarks(header) : []),
      ...profileNotes(decoded),
      ...(isJwt ? [...timeNotes(claims, now, skewS), ...actorRemarks(claims)] : []),
      ...(kind === 'opaque'
        ? []
        : sizeNotes(decoded.token).map((each): Remark => ({ severity: 'warning', note: each }))),
    ],
  };
}

function headerRemarks(header: Json): Remark[] {
  const said: Remark[] = [];
  const { alg, crit } = header;
  if (alg === undefined) said.push({ severity: 'error', note: note('alg-missing') });
  if (typeof alg === 'string' && alg.toLowerCase() === 'none')
    said.push({ severity: 'error', note: note('alg-none') });
  if (crit !== undefined)
    said.push({ severity: 'warning', note: note('crit', { names: JSON.stringify(crit) }) });
  // A proof of possession has to bring its key (RFC 9449 §4.2).
  const brings = ['jwk', 'x5c', 'jku', 'x5u'].filter(
    (name) => name in header && header['typ'] !== 'dpop+jwt',
  );
  for (const name of brings) said.push({ severity: 'warning', note: note('key-in-header', { name }) });
  return said;
}

function actorRemarks(claims: Json): Remark[] {
  if (!isJson(claims['act'])) return [];
  const subject = String(claims['sub'] ?? '?');
  return [{ severity: 'info', note: note('actor-chain', { subject, actors: actorsOf(claims).join(' → ') }) }];
}

/** The chain of who acts for the subject, the nearest first (RFC 8693 §4.1). */
function actorsOf(claims: Json): string[] {
  const actors: string[] = [];
  for (let act = claims['act']; isJson(act) && actors.length < 20; act = act['act'])
    actors.push(textIn(act, 'sub') ?? textIn(act, 'client_id') ?? '?');
  return actors;
}
