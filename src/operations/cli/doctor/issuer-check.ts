import type { Settings } from '../../../platform/config/settings.js';
import { findings, type Finding } from './finding.js';

const WITHIN_MS = 5_000;
/** A clock that is further off makes tokens that are not valid yet, or not any more. */
const WARN_FROM_MS = 5_000;
const { ok, warn, fail } = findings('issuer');

/** Whether applications that sign people in here find what they need at `PUBLIC_URL`, and are told the same name. */
export async function checkIssuer({ PUBLIC_URL, FEATURES }: Settings): Promise<Finding[]> {
  if (!['all', 'oauth'].some((name) => FEATURES.includes(name))) return [];
  const address = `${PUBLIC_URL}/.well-known/openid-configuration`;
  try {
    const options = { signal: AbortSignal.timeout(WITHIN_MS), redirect: 'manual' as const };
    const asked = Date.now();
    const answer = await fetch(address, options);
    if (answer.status !== 200)
      return [
        fail(
          `${address} answers ${answer.status}; a proxy must lead PUBLIC_URL to the server, and redirect nobody`,
        ),
      ];
    const { issuer, jwks_uri: keys } = (await answer.json()) as Record<string, unknown>;
    if (issuer !== PUBLIC_URL)
      return [
        fail(
          `${address} names the issuer ${JSON.stringify(issuer)}, which clients refuse; PUBLIC_URL is ${PUBLIC_URL}`,
        ),
      ];
    const keysAnswer = await fetch(String(keys), options);
    if (keysAnswer.status !== 200)
      return [fail(`the keys at ${String(keys)} are answered ${keysAnswer.status}`)];
    return [ok(`${PUBLIC_URL} answers, and names itself so`), ...clockOf(answer, asked)];
  } catch (error) {
    const { name, cause } = error as Error;
    const reason = name === 'SyntaxError' ? 'what answers there is no Gatehouse' : (codeOf(cause) ?? name);
    return [
      warn(
        `${address} cannot be read from here (${reason}); is a server running, and does its name lead there?`,
      ),
    ];
  }
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
