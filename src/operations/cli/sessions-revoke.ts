import type { INestApplicationContext } from '@nestjs/common';
import { OPERATOR } from '../../platform/access/actor.js';
import { SessionsService } from '../../tokens/sessions/sessions.service.js';
import { accountOf } from './account.js';
import { NotDone } from './cli.errors.js';
import { counted, type Outcome } from './outcome.js';

export interface RevokeOptions {
  session?: string;
  all?: boolean;
}

/** Ends sessions with their access tokens: a user's, one, or all there are. API keys stay. */
export async function sessionsRevoke(
  app: INestApplicationContext,
  address: string | undefined,
  options: RevokeOptions,
): Promise<Outcome> {
  const ended = await end(app, address, options);
  return { lines: [`${counted(ended, 'session')} ended`], data: { sessionsEnded: ended } };
}

async function end(
  app: INestApplicationContext,
  address: string | undefined,
  { session, all }: RevokeOptions,
): Promise<number> {
  const sessions = app.get(SessionsService);
  if (all) return sessions.endEveryone(OPERATOR);
  if (session === undefined) return sessions.endAllOf((await accountOf(app, address!)).user.id, OPERATOR);
  if (!(await sessions.endById(session, OPERATOR)))
    throw new NotDone('there is no such session, or it has ended');
  return 1;
}
