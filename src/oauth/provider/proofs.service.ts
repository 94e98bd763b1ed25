import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JWK, JWTPayload } from 'jose';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { derivedKey } from '../../platform/config/derived-key.js';
import { Settings } from '../../platform/config/settings.js';
import { UsedIdsService } from '../clients/used-ids.service.js';
import { InvalidProof, NonceWanted } from './proofs.errors.js';

/** Never an HMAC (RFC 9449 §4.2). */
export const PROOF_ALGS = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'EdDSA', 'Ed25519'];
/** How old a proof may be, and how far ahead the clock of its maker. */
const FRESH_FOR_S = 60;
/** A nonce is good in the window that it was made in, and in the next. */
const NONCE_WINDOW_MS = 120_000;
const LONGEST_ID = 256;

/** Loaded for the first proof. */
const jose = () => import('jose');

/** DPoP proofs (RFC 9449): that the caller holds the key that its tokens are bound to. */
@Injectable()
export class ProofsService {
  private readonly key: Buffer;

  constructor(
    private readonly settings: Settings,
    private readonly usedIds: UsedIdsService,
  ) {
    this.key = derivedKey(settings.GATEHOUSE_SECRET, 'dpop-nonce');
  }

  /**
   * The thumbprint of the key that a request to an OAuth endpoint proves; `null` without a proof.
   * @throws InvalidProof, NonceWanted
   */
  async thumbprintOf(
    request: FastifyRequest,
    reply: FastifyReply,
    isRequired: boolean,
  ): Promise<string | null> {
    const { dpop } = request.headers;
    if (dpop === undefined) {
      if (isRequired) throw new InvalidProof('The client must send a DPoP proof.');
      return null;
    }
    const jkt = await this.verify(request, undefined);
    void reply.header('dpop-nonce', this.nonce());
    return jkt;
  }

  /**
   * The thumbprint of the key that a request proves.
   * @param accessToken the one that came with it, which the proof must name
   * @throws InvalidProof, NonceWanted
   */
  async verify(
    { headers: { dpop }, method, url }: FastifyRequest,
    accessToken: string | undefined,
  ): Promise<string> {
    // Node joins repeated headers.
    if (typeof dpop !== 'string' || dpop.includes(','))
      throw new InvalidProof('There must be one DPoP header.');
    const { payload, jwk } = await this.read(dpop);
    const { jti, htm, htu, iat, nonce, ath } = payload as JWTPayload &
      Record<'htm' | 'htu' | 'nonce' | 'ath', unknown>;
    if (htm !== method) throw new InvalidProof('htm is not the method of the request.');
    if (!this.isTarget(htu, url)) throw new InvalidProof('htu is not the URL of the request.');
    if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_ID)
      throw new InvalidProof('jti is missing.');
    if (typeof iat !== 'number' || Math.abs(Date.now() / 1000 - iat) > FRESH_FOR_S + NONCE_WINDOW_MS / 1000)
      throw new InvalidProof('iat is not now.');
    if (accessToken !== undefined && ath !== hashed(accessToken))
      throw new InvalidProof('ath is not that of the token.');
    if (!this.isNonce(nonce)) throw new NonceWanted(this.nonce(), accessToken !== undefined);
    const { calculateJwkThumbprint } = await jose();
    const jkt = await calculateJwkThumbprint(jwk);
    const isNew = await this.usedIds.use(
      'dpop',
      jkt,
      jti,
      Date.now() + 2 * (FRESH_FOR_S * 1000 + NONCE_WINDOW_MS),
    );
    if (!isNew) throw new InvalidProof('The proof was used before.');
    return jkt;
  }

  /** The one for the next proof. */
  nonce(window = Math.floor(Date.now() / NONCE_WINDOW_MS)): string {
    return createHmac('sha256', this.key).update(String(window)).digest('base64url').slice(0, 32);
  }

  private async read(proof: string): Promise<{ payload: JWTPayload; jwk: JWK }> {
    const { EmbeddedJWK, jwtVerify } = await jose();
    try {
      const options = { typ: 'dpop+jwt', algorithms: PROOF_ALGS };
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, options);
      return { payload, jwk: protectedHeader.jwk! };
    } catch (error) {
      throw new InvalidProof('The DPoP proof is malformed, or its signature is wrong.', error);
    }
  }

  private isNonce(nonce: unknown): boolean {
    if (typeof nonce !== 'string') return false;
    const window = Math.floor(Date.now() / NONCE_WINDOW_MS);
    const sent = Buffer.from(nonce);
    return [window, window - 1].some((each) => {
      const expected = Buffer.from(this.nonce(each));
      return expected.length === sent.length && timingSafeEqual(expected, sent);
    });
  }

  /** RFC 9449 §4.3: without query and fragment, as the server is reached from outside. */
  private isTarget(htu: unknown, url: string): boolean {
    if (typeof htu !== 'string' || !URL.canParse(htu)) return false;
    const { origin, pathname } = new URL(htu);
    const [path] = url.split('?', 1);
    return origin === this.settings.PUBLIC_URL && pathname === path;
  }
}

function hashed(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
