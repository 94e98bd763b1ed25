import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { timingSafeEqual } from 'node:crypto';
import { InvalidToken } from '../../platform/access/access.errors.js';
import { actorOf, type Actor } from '../../platform/access/actor.js';
import { Settings } from '../../platform/config/settings.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { AccessTokenRules } from '../../tokens/access-tokens/access-token-rules.service.js';
import { TokenKinds } from '../../tokens/access-tokens/token-kinds.service.js';
import type { KnownToken } from '../../tokens/access-tokens/token-kind.types.js';
import type { KnownClient } from './client.types.js';
import { InvalidClientMetadata } from './clients.errors.js';
import { ClientsService } from './clients.service.js';
import { hashOf } from '../../platform/http/opaque-token.js';
import { metadataOf, registrationOf } from './registration.dto.js';

/** Names that our API spells in another way than RFC 7591. */
const OUR_NAMES = /\b(?:jwks|logo|client|tos|policy|backchannelLogout)Uri\b/g;
/** An access token or API key with this scope is an initial access token (RFC 7591 §1.2). */
const REGISTER = 'clients:register';

/** Clients that register themselves and manage that (RFC 7591, RFC 7592). */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly settings: Settings,
    private readonly clients: ClientsService,
    private readonly rules: AccessTokenRules,
    private readonly kinds: TokenKinds,
  ) {}

  /** @throws NotFound while it is off, InvalidToken, InvalidClientMetadata */
  async register(document: object, token: string | undefined, request: FastifyRequest): Promise<object> {
    if (this.settings.REGISTRATION === 'off') throw new NotFound();
    if (this.settings.REGISTRATION === 'token') await this.refuseWithout(token, request);
    const metadata = metadataOf(document as Record<string, unknown>);
    const made = await inItsNames(this.clients.register(metadata, actorOf(request)));
    return {
      ...registrationOf(made.client),
      ...(made.secret !== undefined && { client_secret: made.secret, client_secret_expires_at: 0 }),
      registration_access_token: made.token,
      registration_client_uri: this.uriOf(made.client.clientId),
    };
  }

  /** @throws NotFound while it is off, InvalidToken for another token or client */
  async read(clientId: string, token: string | undefined): Promise<object> {
    const client = await this.authenticated(clientId, token);
    return { ...registrationOf(client), registration_client_uri: this.uriOf(clientId) };
  }

  /** Replaces the whole of it (RFC 7592 §2.2). @throws as {@link read}, InvalidClientMetadata */
  async replace(
    clientId: string,
    token: string | undefined,
    document: object,
    actor: Actor,
  ): Promise<object> {
    const client = await this.authenticated(clientId, token);
    const { client_id } = document as Record<string, unknown>;
    if (client_id !== undefined && client_id !== clientId)
      throw new InvalidClientMetadata('client_id', 'client_id is not that of the registration.');
    const { authMethod, ...metadata } = metadataOf(document as Record<string, unknown>);
    // A secret would have to be made for it.
    if (authMethod !== client.authMethod)
      throw new InvalidClientMetadata(
        'token_endpoint_auth_method',
        'How a client authenticates stays as it is.',
      );
    const next = await inItsNames(this.clients.change(client.id, metadata, actor));
    return { ...registrationOf(next), registration_client_uri: this.uriOf(clientId) };
  }

  /** @throws as {@link read} */
  async remove(clientId: string, token: string | undefined, actor: Actor): Promise<void> {
    await this.clients.remove((await this.authenticated(clientId, token)).id, actor);
  }

  private async authenticated(clientId: string, token: string | undefined): Promise<KnownClient> {
    if (this.settings.REGISTRATION === 'off') throw new NotFound();
    const client = await this.clients.find(clientId);
    const expected = client?.registrationTokenHash;
    const isRight =
      expected && token !== undefined && timingSafeEqual(Buffer.from(expected), Buffer.from(hashOf(token)));
    // RFC 7592 §3: the same answer whether there is such a client or not.
    if (client?.status !== 'active' || !isRight) throw new InvalidToken('not the registration access token');
    return client;
  }

  private async refuseWithout(token: string | undefined, request: FastifyRequest): Promise<void> {
    const bare = this.kinds.withoutPrefix(token ?? '');
    await this.rules.findKey(bare);
    const kind = this.rules.keyOf(bare)?.kind;
    if (!kind) throw new InvalidToken('none of ours');
    const { known } = this.rules.verify<object, KnownToken>(bare, kind);
    const { scopes } = await kind.lookUpAndAdmit(known as never, request);
    if (!scopes.includes(REGISTER)) throw new InvalidToken('without the scope');
  }

  private uriOf(clientId: string): string {
    return `${this.settings.PUBLIC_URL}/oauth/register/${clientId}`;
  }
}

/** What is wrong, with the names of RFC 7591. */
async function inItsNames<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof InvalidClientMetadata)) throw error;
    const detail = error.detail.replaceAll(OUR_NAMES, inSnakeCase);
    throw new InvalidClientMetadata(error.field, detail, error.error);
  }
}

function inSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
