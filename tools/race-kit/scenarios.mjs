import {
  expectOneSuccessor,
  expectOver,
  expectTheft,
  isReuse,
  isWon,
  isWonOrLost,
  REUSED,
  within,
} from './expectations.mjs';
import { expect, told } from './outcomes.mjs';

const AT_ONCE = 20;
const ROUNDS = 3;
/** When the logout is sent, after the refreshes: from before they are looked at until they are answered. */
const LOG_OUT_AFTER_MS = [0, 1, 2, 4, 8, 16];
/** When the client hangs up on a refresh: before it arrives, while it is worked on, after the answer was sent. */
const HANG_UP_AFTER_MS = [0, 1, 2, 5, 10, 20];
/** For clocks of several nodes, which may differ a little. */
const MARGIN = 1.1;
const LEAST_MARGIN_MS = 250;
const SAY_EVERY_MS = 10_000;

/** What is tried, in this order. `run` throws Broken, or Undecided. */
export const SCENARIOS = [
  { name: 'parallel refreshes of one token', run: parallel },
  { name: 'three tabs', run: threeTabs },
  { name: 'lost response, then a retry', run: lostResponse },
  { name: 'refresh races logout', run: refreshRacesLogout },
  { name: 'garbage and forged tokens', run: garbage },
  { name: 'replay of a rotated token after the reuse window', run: replay },
];

async function parallel({ deployment, windowMs }) {
  const session = await deployment.open();
  if (windowMs === 0) {
    const answers = await refreshAtOnce(session, session.refreshToken);
    const won = answers.filter(({ status }) => status === 200);
    expect(won.length <= 1, 'at most one 200 in the strict mode', told(...answers));
    expect(answers.every(isWonOrLost), 'a refusal for all others', told(...answers));
    return expectOver(session, ...won);
  }
  let token = session.refreshToken;
  for (let round = 0; round < ROUNDS; round++) {
    const answers = await within(windowMs, () => refreshAtOnce(session, token));
    token = await expectOneSuccessor(session, answers);
  }
}

/** One tab rotates twice; the others come with what was current before, and then all go on. */
async function threeTabs({ deployment, windowMs }) {
  const session = await deployment.open();
  const first = session.refreshToken;
  const answers = await within(windowMs, async () => {
    const one = await session.refresh(first);
    const two = await session.refresh(one.refreshToken);
    return [one, two, await session.refresh(first), await session.refresh(one.refreshToken)];
  });
  const [one, two, ...late] = answers;
  expect(one.status === 200 && two.status === 200, '200 for the tab that is first', told(one, two));
  if (windowMs === 0) return expectTheft(session, late[0], two);
  expect(late.every(isWon), '200 for the tabs that are late', told(...late));
  const isCurrent = late.every(({ refreshToken }) => refreshToken === two.refreshToken);
  expect(isCurrent, 'the current token for the tabs that are late', 'another one');
  const tabs = await within(windowMs, () => refreshAtOnce(session, two.refreshToken, 3));
  await expectOneSuccessor(session, tabs);
}

async function lostResponse({ deployment, windowMs }) {
  const session = await deployment.open();
  const [lost, retry] = await within(windowMs, async () => [
    await session.refresh(session.refreshToken),
    await session.refresh(session.refreshToken),
  ]);
  expect(isWon(lost), '200', told(lost));
  if (windowMs === 0) return expectTheft(session, retry, lost);
  let token = await expectOneSuccessor(session, [lost, retry]);
  for (const delay of HANG_UP_AFTER_MS) {
    const [again] = await within(windowMs, async () => {
      await session.refresh(token, AbortSignal.timeout(delay)).catch(() => {});
      return [await session.refresh(token)];
    });
    token = await expectOneSuccessor(session, [again]);
  }
}

async function refreshRacesLogout({ deployment, windowMs }) {
  // In the strict mode two tabs at once are theft, and there is nothing left to log out of.
  const tabs = windowMs === 0 ? 1 : 3;
  for (const delay of LOG_OUT_AFTER_MS) {
    const session = await deployment.open();
    const [answers, ended] = await Promise.all([
      refreshAtOnce(session, session.refreshToken, tabs),
      deployment.pause(delay).then(() => session.logOut()),
    ]);
    expect([200, 204].includes(ended.status), '200 or 204 for the logout', told(ended));
    expect(answers.every(isWonOrLost), '200 or a refusal for the refreshes', told(...answers));
    await expectOver(session, session, ...answers.filter(isWon));
  }
}

async function garbage({ deployment }) {
  const [session, other] = [await deployment.open(), await deployment.open()];
  for (const [name, token] of Object.entries(forgeries(session, other))) {
    const answer = await session.refresh(token);
    expect([400, 401].includes(answer.status), `400 or 401 for ${name}`, told(answer));
  }
  for (const each of [session, other]) {
    expect(await each.opens(each.accessToken), 'an unharmed session', 'its access token is refused');
    await expectOneSuccessor(each, [await each.refresh(each.refreshToken)]);
  }
}

async function replay({ deployment, windowMs, say }) {
  const [victim, rival, bystander] = [
    await deployment.open(),
    await deployment.open(),
    await deployment.open(),
  ];
  const current = await rotated(victim);
  const rivals = await rotated(rival);
  await waitUntilOver(windowMs, deployment, say);

  await expectTheft(victim, await victim.refresh(victim.refreshToken), current);
  // The owner refreshes while the thief replays.
  const [replayed, honest] = await Promise.all([
    rival.refresh(rival.refreshToken),
    rival.refresh(rivals.refreshToken),
  ]);
  expect(isReuse(replayed), REUSED, told(replayed));
  expect(isWonOrLost(honest), '200 or a refusal', told(honest));
  await expectOver(rival, rivals, ...[honest].filter(isWon));
  const unharmed = await bystander.refresh(bystander.refreshToken);
  expect(isWon(unharmed), 'the other session of the account unharmed', told(unharmed));
}

function refreshAtOnce(session, token, times = AT_ONCE) {
  return Promise.all(Array.from({ length: times }, () => session.refresh(token)));
}

/** Two rotations. */
async function rotated(session) {
  const one = await session.refresh(session.refreshToken);
  const two = await session.refresh(one.refreshToken);
  expect(isWon(one) && isWon(two), '2 × 200', told(one, two));
  return two;
}

async function waitUntilOver(windowMs, deployment, say) {
  if (windowMs === 0) return;
  const ms = Math.max(windowMs * MARGIN, windowMs + LEAST_MARGIN_MS);
  for (let left = ms; left > 0; left -= SAY_EVERY_MS) {
    say(`waiting until the reuse window is over: ${Math.ceil(left / 1000)} s`);
    await deployment.pause(Math.min(left, SAY_EVERY_MS));
  }
}

function forgeries({ refreshToken: token, accessToken }, { refreshToken: other }) {
  const half = Math.floor(token.length / 2);
  return {
    garbage: 'garbage',
    'a token cut short': token.slice(0, -1),
    'a token with more behind it': `${token}A`,
    'another first character': changed(token, 0),
    'another character in the middle': changed(token, half),
    'another last character': changed(token, token.length - 1),
    'halves of two tokens': token.slice(0, half) + other.slice(half),
    'an access token': accessToken,
  };
}

function changed(token, at) {
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}
