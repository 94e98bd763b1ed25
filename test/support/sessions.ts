import { DataSource } from 'typeorm';
import { AuditEventResponse } from '../../src/platform/audit/audit.dto.js';
import { AuditEvent } from '../../src/platform/audit/audit-event.entity.js';
import { parseRefreshToken } from '../../src/tokens/sessions/refresh-token.js';
import type { SessionRow } from '../../src/tokens/sessions/session-row.js';
import type { TestApp } from './app.js';
import type { Answer } from './client.js';

export function refresh(app: TestApp, refreshToken: unknown): Promise<Answer> {
  return app.as.anonymous().post('/v1/auth/refresh', { refresh_token: refreshToken });
}

/** Whether an access token opens a guarded route. */
export async function works(app: TestApp, accessToken: string): Promise<boolean> {
  const { status } = await app.as
    .anonymous()
    .get('/v1/auth/whoami', { authorization: `Bearer ${accessToken}` });
  if (status !== 200 && status !== 401) throw new Error(`whoami answered ${status}`);
  return status === 200;
}

/** The row that a refresh token belongs to. */
export async function rowOf(app: TestApp, refreshToken: string): Promise<SessionRow> {
  const id = parseRefreshToken(refreshToken)!.sessionId;
  const [row] = await app.database.query<SessionRow>('SELECT * FROM sessions WHERE id = :id', { id });
  return row!;
}

export function rowsOfUser(app: TestApp, userId: string): Promise<SessionRow[]> {
  return app.database.query<SessionRow>('SELECT * FROM sessions WHERE user_id = :userId', { userId });
}

/** What the audit trail says about a session, user or key, oldest first; HTTP has no filter for it. */
export async function eventsAbout(app: TestApp, targetId: string): Promise<AuditEventResponse[]> {
  const events = app.nest.get(DataSource).getRepository(AuditEvent);
  const found = await events.find({ where: { targetId }, order: { id: 'ASC' } });
  return found.map(AuditEventResponse.of);
}

/** The actions alone. */
export async function auditOf(app: TestApp, targetId: string): Promise<string[]> {
  return (await eventsAbout(app, targetId)).map(({ action }) => action);
}
