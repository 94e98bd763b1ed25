import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../../../platform/config/settings.js';
import { findings, type Finding } from './finding.js';

const WITHIN_MS = 5_000;
/** A clock that is further off makes tokens that are not valid yet, or not any more. */
const WARN_FROM_MS = 5_000;
const { ok, warn, fail } = findings('issuer');

const OPENID = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';

/** Whether applications that sign people in here find what they need at `PUBLIC_URL`, and are told the same name. */
export async function checkIssuer({ PUBLIC_URL, FEATURES }: Settings): Promise<Finding[]> {
  if (!['all', 'oauth'].some((name) => FEATURES.includes(name))) return [];
  try {
    return await examine(PUBLIC_URL);
  } catch (error) {
    const { name, cause } = error as Error;
    const reason = codeOf(cause) ?? name;
    return [
      warn(
        `${PUBLIC_URL}${OPENID} cannot be read from here (${reason}); is a server running, and does its name lead there?`,
      ),
    ];
  }
}

/** In the order in which a client would fail. */
async function examine(issuer: string): Promise<Finding[]> {
  const address = issuer + OPENID;
  const asked = Date.now();
  const answer = await ask(address);
  if (answer.status !== 200)
    return [
      fail(
        `${address} answers ${answer.status}; a proxy must lead PUBLIC_URL to the server, and redirect nobody`,
      ),
    ];
  const metadata = await documentIn(answer);
  if (!metadata) return [isNoGatehouse(address)];
  if (metadata['issuer'] !== issuer)
    return [
      fail(
        `${address} names the issuer ${JSON.stringify(metadata['issuer'])}, which clients refuse; PUBLIC_URL is ${issuer}`,
      ),
    ];
  const astray = addressesIn(metadata).find(([, url]) => !url.startsWith(`${issuer}/`));
  if (astray) return [fail(`${address} names the ${astray[0]} ${astray[1]}, which is not below PUBLIC_URL`)];
  const other = await ask(issuer + OAUTH);
  const same = other.status === 200 ? await documentIn(other) : metadata;
  if (!same) return [isNoGatehouse(issuer + OAUTH)];
  if (other.status !== 200 || !isDeepStrictEqual(same, metadata))
    return [fail(`${OAUTH} and ${OPENID} say different things; both must lead to the same server`)];
  const keys = String(metadata['jwks_uri']);
  const { status } = await ask(keys);
  if (status !== 200) return [fail(`the keys at ${keys} are answered ${status}`)];
  return [ok(`${issuer} answers, and names itself so`), ...clockOf(answer, asked)];
}

type Metadata = Record<string, unknown>;

function ask(address: string): Promise<Response> {
  return fetch(address, { signal: AbortSignal.timeout(WITHIN_MS), redirect: 'manual' });
}

function isNoGatehouse(address: string): Finding {
  return fail(`what answers at ${address} is no Gatehouse; a proxy must lead PUBLIC_URL to the server`);
}

/** `undefined` for an answer that is no JSON object, as a page of another server. */
async function documentIn(answer: Response): Promise<Metadata | undefined> {
  try {
    const found: unknown = await answer.json();
    return typeof found === 'object' && found !== null ? (found as Metadata) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Where clients are led to. */
function addressesIn(metadata: Metadata): [name: string, url: string][] {
  return Object.entries(metadata).filter(
    (entry): entry is [string, string] =>
      /_endpoint$|^jwks_uri$/.test(entry[0]) && typeof entry[1] === 'string',
  );
}

/** The clock of the server that answers, or of the proxy before it: clients compare theirs with neither of ours alone. */
function clockOf(answer: Response, asked: number): Finding[] {
  const difference = Date.parse(answer.headers.get('date') ?? '') - asked;
  if (!(Math.abs(difference) >= WARN_FROM_MS)) return [];
  return [
    warn(`the clock there differs from this one by ${(difference / 1000).toFixed(0)} s; set both, by NTP`),
  ];
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException | undefined)?.code;
}
