import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import type { KnownClient } from '../clients/client.types.js';
import type { OAuthParameters } from '../../platform/http/oauth-parameters.js';

/** A request to the token endpoint, whose client has authenticated. */
export interface TokenRequest {
  client: KnownClient;
  parameters: OAuthParameters;
  actor: Actor;
  /** The thumbprint of the key whose proof came with the request (RFC 9449); `null` without one. */
  jkt: string | null;
}

/** RFC 6749 §5.1, OIDC Core §3.1.3.3. Lifetimes are in seconds. */
export interface TokenResponse {
  access_token: string;
  token_type: 'Bearer' | 'DPoP';
  expires_in: number;
  scope: string;
  refresh_token?: string;
  refresh_expires_in?: number;
  id_token?: string;
  [more: string]: unknown;
}

/** @throws OAuthProblem for what is refused */
export type GrantHandler = (request: TokenRequest) => Promise<TokenResponse>;

/** The grant types of the token endpoint; modules add their own. */
@Injectable()
export class GrantHandlers {
  private readonly handlers = new Map<string, GrantHandler>();

  /** To be called in a constructor or in `onModuleInit`; a client must be registered for the type. */
  add(type: string, handler: GrantHandler): void {
    if (this.handlers.has(type)) throw new Error(`there are two handlers of the grant type ${type}`);
    this.handlers.set(type, handler);
  }

  find(type: string): GrantHandler | undefined {
    return this.handlers.get(type);
  }

  /** For the metadata. */
  get types(): string[] {
    return [...this.handlers.keys()];
  }
}
