import { Injectable } from '@nestjs/common';
import type { KnownClient } from '../clients/client.types.js';
import type { OAuthParameters } from '../../platform/http/oauth-parameters.js';
import { ClientsService } from '../clients/clients.service.js';
import {
  PROMPTS,
  RESPONSE_MODES,
  type AuthorizationParameters,
  type Prompt,
  type ResponseMode,
} from './authorization-request.js';
import { GrantedScopesService } from './granted-scopes.service.js';
import { IdTokensService } from './id-tokens.service.js';
import { RefusedAuthorization, UnregisteredRedirect, type ReturnAddress } from './provider.errors.js';
import { OAuthProblem } from '../../platform/http/problem.js';

/** RFC 7636 §4.2: the SHA-256 of a verifier. */
const CHALLENGE = /^[\w-]{43}$/;
const JKT = /^[\w-]{43}$/;
const LONGEST_STATE = 2_048;
const LONGEST_NONCE = 512;
/** RFC 5321 §4.5.3.1: no longer address is one. */
const LONGEST_HINT = 254;
const MOST_LOCALES = 10;
const LANGUAGE_TAG = /^[a-z]{1,8}(-[a-z\d]{1,8}){0,4}$/i;

/** What is checked of an authorization request, in the order in which its faults are told. */
@Injectable()
export class AuthorizationChecksService {
  constructor(
    private readonly clients: ClientsService,
    private readonly scopes: GrantedScopesService,
    private readonly idTokens: IdTokensService,
  ) {}

  /** Where the answer goes, errors too. @throws UnregisteredRedirect */
  returnAddress(parameters: OAuthParameters, client: KnownClient): ReturnAddress {
    const redirectUri = parameters.get('redirect_uri');
    const { redirectUris, profile } = client;
    // RFC 6749 §3.1.2.3 lets a client with one address leave it out; OpenID Connect and FAPI do not.
    const [only, ...more] = redirectUris;
    const mayLeaveOut =
      more.length === 0 &&
      only !== undefined &&
      profile === null &&
      !parameters.words('scope').includes('openid');
    const address = redirectUri ?? (mayLeaveOut ? only : undefined);
    if (address === undefined || !this.clients.mayRedirectTo(address, client))
      throw new UnregisteredRedirect();
    const mode = parameters.get('response_mode') as ResponseMode | undefined;
    return {
      redirectUri: address,
      responseMode: mode !== undefined && RESPONSE_MODES.includes(mode) ? mode : 'query',
      state: parameters.get('state') ?? null,
    };
  }

  /** @throws RefusedAuthorization */
  async check(
    parameters: OAuthParameters,
    client: KnownClient,
    address: ReturnAddress,
  ): Promise<AuthorizationParameters> {
    refuseUnsupported(parameters, client);
    const { maxAge, prompts } = timing(parameters);
    const resources = await refusing(() => this.scopes.resourcesFor(parameters.list('resource'), client));
    const scopes = await refusing(() => this.scopes.askedFor(parameters.words('scope'), resources, client));
    return {
      ...address,
      scopes,
      resources: resources.map(({ identifier }) => identifier),
      challenge: challengeOf(parameters),
      nonce: parameters.get('nonce') ?? null,
      prompts,
      maxAge,
      acrValues: parameters.words('acr_values'),
      loginHint: shortHint(parameters.get('login_hint')),
      hintedSubject: await this.hintedSubject(parameters, client),
      uiLocales: localesOf(parameters.words('ui_locales')),
      dpopJkt: thumbprintOf(parameters),
    };
  }

  private async hintedSubject(parameters: OAuthParameters, client: KnownClient): Promise<string | null> {
    const hint = parameters.get('id_token_hint');
    if (hint === undefined) return null;
    const claims = await this.idTokens.readHint(hint);
    if (!claims || claims.aud !== client.clientId)
      throw new RefusedAuthorization('invalid_request', 'id_token_hint is no ID token of this client.');
    return claims.sub;
  }
}

function refuseUnsupported(parameters: OAuthParameters, client: KnownClient): void {
  if (parameters.has('request'))
    throw new RefusedAuthorization('request_not_supported', 'Request objects are not supported.');
  if (parameters.has('registration'))
    throw new RefusedAuthorization('registration_not_supported', 'registration is not supported.');
  const type = parameters.get('response_type');
  if (type === undefined)
    throw new RefusedAuthorization('invalid_request', 'The parameter response_type is missing.');
  if (type !== 'code')
    throw new RefusedAuthorization('unsupported_response_type', 'The only response type is code.');
  if (!client.grantTypes.includes('authorization_code'))
    throw new RefusedAuthorization(
      'unauthorized_client',
      'The client is not registered for the authorization code grant.',
    );
  const mode = parameters.get('response_mode');
  if (mode !== undefined && !(RESPONSE_MODES as readonly string[]).includes(mode))
    throw new RefusedAuthorization(
      'invalid_request',
      `response_mode is one of ${RESPONSE_MODES.join(', ')}.`,
    );
  if ((parameters.get('state')?.length ?? 0) > LONGEST_STATE)
    throw new RefusedAuthorization('invalid_request', `state has at most ${LONGEST_STATE} characters.`);
  if ((parameters.get('nonce')?.length ?? 0) > LONGEST_NONCE)
    throw new RefusedAuthorization('invalid_request', `nonce has at most ${LONGEST_NONCE} characters.`);
}

/** RFC 7636, always, and never `plain` (OAuth 2.1 §4.1.1). */
function challengeOf(parameters: OAuthParameters): string {
  const challenge = parameters.get('code_challenge');
  if (challenge === undefined)
    throw new RefusedAuthorization('invalid_request', 'PKCE is required: code_challenge is missing.');
  if (parameters.get('code_challenge_method') !== 'S256')
    throw new RefusedAuthorization('invalid_request', 'The only code_challenge_method is S256.');
  if (!CHALLENGE.test(challenge))
    throw new RefusedAuthorization('invalid_request', 'code_challenge is no SHA-256 in base64url.');
  return challenge;
}

function timing(parameters: OAuthParameters): { maxAge: number | null; prompts: Prompt[] } {
  const age = parameters.get('max_age');
  if (age !== undefined && !/^\d{1,9}$/.test(age))
    throw new RefusedAuthorization('invalid_request', 'max_age is a number of seconds.');
  const prompts = parameters.words('prompt');
  const odd = prompts.find((prompt) => !(PROMPTS as readonly string[]).includes(prompt));
  if (odd !== undefined)
    throw new RefusedAuthorization('invalid_request', `prompt is one of ${PROMPTS.join(', ')}.`);
  // OIDC Core §3.1.2.1
  if (prompts.includes('none') && prompts.length > 1)
    throw new RefusedAuthorization('invalid_request', 'prompt=none stands alone.');
  return { maxAge: age === undefined ? null : Number(age), prompts: prompts as Prompt[] };
}

/** RFC 9449 §10: the code may be bound to the key already. */
function thumbprintOf(parameters: OAuthParameters): string | null {
  const jkt = parameters.get('dpop_jkt');
  if (jkt !== undefined && !JKT.test(jkt))
    throw new RefusedAuthorization('invalid_request', 'dpop_jkt is no thumbprint.');
  return jkt ?? null;
}

/** What is only a wish is left out where it cannot be one: it stands in the addresses of pages, which are short. */
function shortHint(hint: string | undefined): string | null {
  return hint !== undefined && hint.length <= LONGEST_HINT ? hint : null;
}

function localesOf(tags: string[]): string | null {
  const known = tags.filter((tag) => LANGUAGE_TAG.test(tag)).slice(0, MOST_LOCALES);
  return known.length > 0 ? known.join(' ') : null;
}

/** What the token endpoint would answer as an error of its own goes back by a redirect here. */
async function refusing<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OAuthProblem) throw new RefusedAuthorization(error.error, error.detail);
    throw error;
  }
}
