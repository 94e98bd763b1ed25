import type { Decoded } from './decoding.js';
import type { Json } from './json.js';
import { note, type Note, type Severity } from './messages.js';

/** A kind of token with a specification of its own, and what that asks of it. */
interface Profile {
  name: string;
  source: string;
  required: readonly string[];
  /** One of each list is needed. */
  either?: readonly (readonly string[])[];
  forbidden?: readonly string[];
  /** Members of the header. */
  header?: readonly string[];
}

const JWT: Profile = { name: 'JWT', source: 'RFC 7519', required: [] };

/** By `typ`, in lower case and without `application/` (RFC 7515 §4.1.9). */
const PROFILES: Record<string, Profile> = {
  jwt: JWT,
  jose: { name: 'JOSE', source: 'RFC 7515', required: [] },
  'jose+json': { name: 'JOSE+JSON', source: 'RFC 7515', required: [] },
  'at+jwt': {
    name: 'access token',
    source: 'RFC 9068 §2.2',
    required: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
  },
  'api-key+jwt': {
    name: 'API key of Gatehouse',
    source: 'docs/api-keys',
    required: ['iss', 'sub', 'aud', 'jti'],
  },
  'dpop+jwt': {
    name: 'DPoP proof',
    source: 'RFC 9449 §4.2',
    required: ['jti', 'htm', 'htu', 'iat'],
    header: ['jwk'],
  },
  'logout+jwt': {
    name: 'logout token',
    source: 'OpenID Connect Back-Channel Logout §2.4',
    required: ['iss', 'aud', 'iat', 'exp', 'jti', 'events'],
    either: [['sub', 'sid']],
    forbidden: ['nonce'],
  },
  'secevent+jwt': {
    name: 'security event token',
    source: 'RFC 8417 §2.2',
    required: ['iss', 'iat', 'jti', 'events'],
  },
  'token-introspection+jwt': {
    name: 'introspection response',
    source: 'RFC 9701 §5',
    required: ['iss', 'aud', 'iat', 'token_introspection'],
    forbidden: ['sub', 'exp'],
  },
  'oauth-authz-req+jwt': {
    name: 'request object',
    source: 'RFC 9101 §4',
    required: ['client_id', 'response_type'],
  },
  'client-authentication+jwt': {
    name: 'client assertion',
    source: 'RFC 7523 §3',
    required: ['iss', 'sub', 'aud', 'exp'],
  },
  'dc+sd-jwt': { name: 'verifiable credential', source: 'SD-JWT VC §2.2', required: ['vct'] },
  'kb+jwt': {
    name: 'key binding',
    source: 'RFC 9901 §4.3',
    required: ['iat', 'aud', 'nonce', 'sd_hash'],
  },
};

const OLD_NAMES: Record<string, string> = {
  'vc+sd-jwt': 'dc+sd-jwt',
  'jwt-introspection+jwt': 'token-introspection+jwt',
};

const ID_TOKEN: Profile = {
  name: 'ID token',
  source: 'OpenID Connect Core §2',
  required: ['iss', 'sub', 'aud', 'exp', 'iat'],
};
const CLIENT_ASSERTION = PROFILES['client-authentication+jwt']!;

/** What kind of token it is by its `typ`, or by its claims, and what that kind asks for. */
export function profileNotes({ header, claims, kind }: Decoded): { severity: Severity; note: Note }[] {
  if (!header || !claims) return [];
  const typ = typOf(header);
  const instead = typ === undefined ? undefined : OLD_NAMES[typ];
  const profile = profileOf(instead ?? typ, claims);
  const said: { severity: Severity; note: Note }[] = [];
  if (typ !== undefined && instead)
    said.push({ severity: 'warning', note: note('typ-deprecated', { typ, instead }) });
  // RFC 9901 §9.11 leaves the type to the application.
  if (!profile)
    return kind === 'sd-jwt'
      ? said
      : [...said, { severity: 'info', note: note('typ-unknown', { typ: typ! }) }];
  const { name, source } = profile;
  if (profile !== JWT) said.push({ severity: 'info', note: note('profile', { profile: name, source }) });
  return [...said, ...demandNotes(profile, header, claims)];
}

function typOf(header: Json): string | undefined {
  const { typ } = header;
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : undefined;
}

function profileOf(typ: string | undefined, claims: Json): Profile | undefined {
  if (typ !== undefined && typ !== 'jwt') return PROFILES[typ];
  // OpenID Connect Core §2: none of these stands in other tokens; §9: an assertion is its subject's own.
  if (['nonce', 'at_hash', 'c_hash', 'azp'].some((name) => name in claims) && 'sub' in claims)
    return ID_TOKEN;
  if (claims['iss'] !== undefined && claims['iss'] === claims['sub']) return CLIENT_ASSERTION;
  return JWT;
}

function demandNotes(profile: Profile, header: Json, claims: Json): { severity: Severity; note: Note }[] {
  const { name, source, required, either = [], forbidden = [], header: members = [] } = profile;
  const ofClaim = (claim: string) => ({ profile: name, name: claim, source });
  const missing = [
    ...members.filter((member) => !(member in header)),
    ...required.filter((claim) => !(claim in claims)),
  ];
  return [
    ...missing.map((claim) => note('claim-missing', ofClaim(claim))),
    ...either
      .filter((some) => !some.some((claim) => claim in claims))
      .map((some) => note('claim-either', ofClaim(some.join(' / ')))),
    ...forbidden.filter((claim) => claim in claims).map((claim) => note('claim-forbidden', ofClaim(claim))),
  ].map((each) => ({ severity: 'error', note: each }));
}
