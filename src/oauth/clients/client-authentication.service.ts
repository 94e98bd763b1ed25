import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { timingSafeEqual } from 'node:crypto';
import { actorOf, type Actor } from '../../platform/access/actor.js';
import { ClientGate } from '../../platform/access/client-gate.js';
import { Metrics, type Count } from '../../platform/http/metrics.js';
import { LimitsService } from '../../platform/limits/limits.service.js';
import { ASSERTION_TYPE, ClientAssertionsService } from './client-assertions.service.js';
import { ClientDocumentsService } from './client-documents.service.js';
import { ClientUsesService } from './client-uses.service.js';
import type { KnownClient } from './client.types.js';
import { InvalidClient, InvalidRequest } from './clients.errors.js';
import { ClientsService } from './clients.service.js';
import { hashOf } from '../../platform/http/opaque-token.js';
import type { AuthMethod } from './oauth-client.entity.js';
import { OAuthParameters } from '../../platform/http/oauth-parameters.js';

const LONGEST_ID = 500;
/** What PostgreSQL stores in no text; it may come encoded in credentials. */
const NO_TEXT = /[\0\p{Surrogate}]/u;

/** What a request says of its client, by one method. */
interface Credentials {
  clientId: string;
  method: AuthMethod;
  /** The secret or the assertion. */
  proof: string;
}

/** Tells which client sends a request, and has it prove that (RFC 6749 §2.3): by exactly one method. */
@Injectable()
export class ClientAuthenticationService extends ClientGate {
  private readonly count: Count<'succeeded' | 'failed'>;

  constructor(
    private readonly clients: ClientsService,
    private readonly uses: ClientUsesService,
    private readonly documents: ClientDocumentsService,
    private readonly assertions: ClientAssertionsService,
    private readonly limits: LimitsService,
    metrics: Metrics,
  ) {
    super();
    this.count = metrics.counter(
      'gatehouse_client_authentications_total',
      'Client authentications by outcome',
      ['succeeded', 'failed'],
    );
  }

  /** @throws InvalidRequest for more than one method, InvalidClient, TooManyRequests after many failures */
  async authenticate(request: FastifyRequest): Promise<KnownClient> {
    const credentials = this.credentialsOf(request);
    const client = await this.find(credentials.clientId);
    if (client && (await this.proves(client, credentials))) {
      this.count('succeeded');
      this.uses.note(client);
      return client;
    }
    this.count('failed');
    // Of failures alone, by client and source: guesses must not lock the client out.
    await this.countFailure(credentials.clientId, actorOf(request));
    throw new InvalidClient(`by ${credentials.method}`);
  }

  /** The client that calls itself this, unless it is disabled; it may be known by its document. */
  async find(clientId: string): Promise<KnownClient | undefined> {
    if (clientId.length > LONGEST_ID || NO_TEXT.test(clientId)) return undefined;
    const client = this.documents.isDocument(clientId)
      ? await this.documents.find(clientId)
      : await this.clients.find(clientId);
    return client?.status === 'active' ? client : undefined;
  }

  /** The same, for one that sends users here to sign in, by which it proves nothing but is used. */
  async findInUse(clientId: string): Promise<KnownClient | undefined> {
    const client = await this.find(clientId);
    if (client) this.uses.note(client);
    return client;
  }

  private async proves(client: KnownClient, { method, proof }: Credentials): Promise<boolean> {
    if (!matches(client.authMethod, method)) return false;
    if (method === 'none') return true;
    if (method === 'private_key_jwt') {
      await this.assertions.verify(proof, client).catch((error: unknown) => {
        if (!(error instanceof InvalidClient)) throw error;
        proof = '';
      });
      return proof !== '';
    }
    const shown = Buffer.from(hashOf(proof));
    return client.secretHashes.some((hash) => timingSafeEqual(Buffer.from(hash), shown));
  }

  /** @throws InvalidRequest, InvalidClient for none */
  private credentialsOf({ headers: { authorization }, body }: FastifyRequest): Credentials {
    const parameters = new OAuthParameters(body);
    const clientId = parameters.get('client_id');
    const found: Credentials[] = [];
    if (authorization !== undefined) found.push(fromBasic(authorization));
    const secret = parameters.get('client_secret');
    if (secret !== undefined)
      found.push({ clientId: clientId ?? '', method: 'client_secret_post', proof: secret });
    if (parameters.has('client_assertion') || parameters.has('client_assertion_type'))
      found.push(this.fromAssertion(parameters));
    if (found.length > 1) throw new InvalidRequest('The client authenticates by more than one method.');
    const [credentials] = found;
    if (!credentials && clientId === undefined) throw new InvalidClient('no credentials');
    if (credentials && clientId !== undefined && credentials.clientId !== clientId)
      throw new InvalidRequest('client_id is not that of the credentials.');
    return credentials ?? { clientId: clientId!, method: 'none', proof: '' };
  }

  private fromAssertion(parameters: OAuthParameters): Credentials {
    const type = parameters.required('client_assertion_type');
    const proof = parameters.required('client_assertion');
    if (type !== ASSERTION_TYPE) throw new InvalidRequest('This client_assertion_type is not supported.');
    return { clientId: this.assertions.subjectOf(proof) ?? '', method: 'private_key_jwt', proof };
  }

  private async countFailure(clientId: string, actor: Actor): Promise<void> {
    await this.limits.consume('client_authentication', actor, `${clientId}\0${actor.ip}`);
  }
}

/**
 * Whether a client may authenticate by this method. The two ways to send a secret count as one: it is the same secret, and
 * libraries differ in which one they choose when it is not set (openid-client 6 the body, openid-client 5 the header).
 */
function matches(registered: AuthMethod, used: AuthMethod): boolean {
  const secret: AuthMethod[] = ['client_secret_basic', 'client_secret_post'];
  return registered === used || (secret.includes(registered) && secret.includes(used));
}

/** RFC 6749 §2.3.1: both halves are form-encoded first. @throws InvalidClient */
function fromBasic(authorization: string): Credentials {
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/_=-]+) *$/i.exec(authorization) ?? [];
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 1) throw new InvalidClient('a malformed Authorization header');
  try {
    const [clientId, proof] = [text.slice(0, colon), text.slice(colon + 1)].map(formDecoded);
    return { clientId: clientId!, method: 'client_secret_basic', proof: proof! };
  } catch (error) {
    throw new InvalidClient(error);
  }
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
