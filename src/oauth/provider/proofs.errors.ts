import { OAuthProblem } from '../../platform/http/problem.js';

/** A DPoP proof is refused (RFC 9449 §5, §7.1). */
export class InvalidProof extends OAuthProblem {
  constructor(description: string, cause?: unknown) {
    super(400, 'invalid_dpop_proof', description, { cause });
  }
}

/** The proof must carry this nonce, so that it was not made ahead (RFC 9449 §8, §9). */
export class NonceWanted extends OAuthProblem {
  constructor(nonce: string, isResource: boolean) {
    const challenge = 'DPoP error="use_dpop_nonce", error_description="The proof must carry the nonce."';
    super(
      isResource ? 401 : 400,
      'use_dpop_nonce',
      'The proof must carry the nonce of the header DPoP-Nonce.',
      {
        headers: { 'dpop-nonce': nonce, ...(isResource && { 'www-authenticate': challenge }) },
      },
    );
  }
}
