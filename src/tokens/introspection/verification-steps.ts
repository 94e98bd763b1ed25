import type { Explanation, SignedKind } from '../access-tokens/token-kind.types.js';
import { timeInWords } from './claim-meanings.js';
import type { Json } from './token-reading.js';
import type { InspectionResponse } from './tokens.dto.js';

/** What was found out about a signed token, or about what looks like one. */
export interface Findings extends Explanation {
  /** Of the `typ` in its header. */
  kind: SignedKind | undefined;
  header: Json;
  claims: Json;
  /** The key of ours that it names, rightly. */
  kid: string | undefined;
  isSigned: boolean;
}

/** One step of the verification: what it looks at, what it says when that is right, and what is wrong, if anything. */
type Step = [check: string, says: string, problem: string | false | undefined];

/** The verification step by step; after one that failed, nothing more is checked. */
export function verificationOf(found: Findings, publicUrl: string): InspectionResponse['verification'] {
  const { kind, claims, kid, isSigned, revokedBy, principal, reason } = found;
  const audiences: unknown[] = [claims['aud']].flat();
  const steps: Step[] = [
    ['type', `is ${kind?.title ?? 'an access token'}`, !kind && 'typ is not at+jwt'],
    ['key', `names our key ${kid} and the algorithm of that key`, kid === undefined && keyProblem(revokedBy)],
    ['signature', 'is signed by that key', !isSigned && 'the signature is wrong'],
    ['issuer', 'was issued here', claims['iss'] !== publicUrl && `iss is not ${publicUrl}`],
    ['audience', 'is meant for this API', !audiences.includes(publicUrl) && `aud is not ${publicUrl}`],
    ['expiry', 'has not expired', expiryProblem(claims['exp'])],
    ['revocation', 'has not been revoked', revokedBy && `the ${revokedBy} was revoked or has changed`],
    ['rules', 'passes everything a request would ask of it', !principal && reason],
  ];
  let hasFailed = false;
  return steps.map(([check, says, problem]) => {
    if (hasFailed) return { check, passed: null, detail: 'not checked, for an earlier check failed' };
    hasFailed = typeof problem === 'string';
    return { check, passed: !hasFailed, detail: problem || says };
  });
}

function keyProblem(revokedBy: string | undefined): string {
  return revokedBy === 'key'
    ? 'the key that it names was deleted'
    : 'kid, alg or the spelling is not that of a key of ours';
}

function expiryProblem(exp: unknown): string | undefined {
  if (typeof exp !== 'number') return 'exp is missing or is no number';
  return exp > Math.floor(Date.now() / 1000) ? undefined : `it expired ${timeInWords(exp)}`;
}
