import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { ProtectedResources } from '../../platform/access/protected-resources.js';
import { TokenStatusService } from '../../tokens/introspection/token-status.service.js';
import { INTROSPECT_ANY } from '../clients/clients.service.js';
import { isVouchedFor } from '../clients/oauth-client.entity.js';
import type { KnownClient } from '../clients/client.types.js';
import { UnauthorizedClient } from '../clients/clients.errors.js';

/** Introspection and revocation for clients: of their own tokens, and of those that are for their resources. */
@Injectable()
export class ClientTokenStatusService {
  constructor(
    private readonly status: TokenStatusService,
    private readonly resources: ProtectedResources,
  ) {}

  /**
   * RFC 7662 §2.2: of a token that is not live, or not the client's to ask about, nothing is said but that.
   * @throws UnauthorizedClient for a public client: §2.1, any caller could name it and try tokens out
   */
  async introspect(token: string, client: KnownClient): Promise<object> {
    if (client.authMethod === 'none') throw new UnauthorizedClient('A public client cannot introspect.');
    const said = await this.status.introspect(token);
    if (!said.active) return said;
    const isOwn = said.client_id === client.clientId;
    // One that registers itself names what scopes it likes.
    const mayAskAny = isVouchedFor(client) && client.scopes?.includes(INTROSPECT_ANY);
    const mayAsk = isOwn || mayAskAny || this.isFor(said, client);
    return mayAsk ? said : { active: false };
  }

  /** Gatehouse's own API is for every client, and so no reason. */
  private isFor({ aud }: { aud?: string | string[] }, { resources }: KnownClient): boolean {
    const theirs = resources?.filter((each) => each !== this.resources.ownIdentifier) ?? [];
    return [aud].flat().some((each) => each !== undefined && theirs.includes(each));
  }

  /**
   * Ends the session that a token belongs to, with its access tokens. For one of another client, and for what is no token
   * of ours, nothing happens and nothing is said (RFC 7009 §2.1, §2.2).
   */
  async revoke(token: string, client: KnownClient, actor: Actor): Promise<void> {
    await this.status.revokeIf(token, actor, ({ clientId }) => clientId === client.clientId);
  }
}
