import { expect, told, Undecided } from './outcomes.mjs';

export const REUSED = '401 refresh_token_reused, of a client 400 invalid_grant,';
export const isWon = ({ status }) => status === 200;
/** Of a client (RFC 6749 §5.2) and of a session of the server's own. */
const isInvalidGrant = ({ status, code }) => status === 400 && code === 'invalid_grant';
export const isLost = (answer) => answer.status === 401 || isInvalidGrant(answer);
export const isWonOrLost = (answer) => isWon(answer) || isLost(answer);
export const isReuse = (answer) =>
  (answer.status === 401 && answer.code === 'refresh_token_reused') || isInvalidGrant(answer);

/** Refused answers say nothing when they came after the reuse window. */
export async function within(windowMs, refreshing) {
  const begun = performance.now();
  const answers = await refreshing();
  const took = performance.now() - begun;
  if (windowMs === 0 || took < windowMs || answers.every(isWon)) return answers;
  throw new Undecided(`the requests took ${took.toFixed()} ms, longer than the reuse window`);
}

/** The one refresh token in all answers. */
export async function expectOneSuccessor(session, answers) {
  const hint = answers.some(isReuse) ? '; if REFRESH_REUSE_WINDOW is 0, say --strict' : '';
  expect(answers.every(isWon), `${answers.length} × 200`, told(...answers) + hint);
  const [successor, ...others] = new Set(answers.map(({ refreshToken }) => refreshToken));
  expect(others.length === 0, 'one successor', `${others.length + 1} different ones`);
  for (const { accessToken } of answers) {
    expect(await session.opens(accessToken), 'working access tokens', 'one is refused');
  }
  return successor;
}

/** The session ends with the token that came back. */
export async function expectTheft(session, replayed, current) {
  const hint = isWon(replayed) ? '; is REFRESH_REUSE_WINDOW longer than --reuse-window?' : '';
  expect(isReuse(replayed), `${REUSED} for the old token`, told(replayed) + hint);
  await expectOver(session, current);
}

/** Nothing of a session works any more, of what came with `pairs`. */
export async function expectOver(session, ...pairs) {
  for (const { refreshToken, accessToken } of pairs) {
    const answer = await session.refresh(refreshToken);
    expect(isLost(answer), 'an ended session', `its refresh token answers ${told(answer)}`);
    expect(await session.isShutTo(accessToken), 'an ended session', 'its access token works on');
  }
}
