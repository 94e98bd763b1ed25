import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Settings } from '../../platform/config/settings.js';
import { Database, type Statement } from '../../platform/database/database.service.js';
import type { ConsentLine } from './user-line.dto.js';

const OF_USERS = `SELECT g.user_id, c.client_id, g.resource, g.scopes
  FROM oauth_grants g JOIN oauth_clients c ON c.id = g.client_id
  WHERE g.user_id BETWEEN :first AND :last AND (g.expires_at IS NULL OR g.expires_at > :now)
  ORDER BY g.user_id, c.client_id, g.resource`;
/** Nothing for an application that is not known here. */
const ALLOW = `INSERT INTO oauth_grants (id, user_id, client_id, resource, scopes, created_at, updated_at, expires_at)
  SELECT :id, :userId, c.id, :resource, :scopes, :now, :now, NULL FROM oauth_clients c WHERE c.client_id = :clientId
  ON CONFLICT (user_id, client_id, resource) DO NOTHING`;

interface Row extends Record<string, string> {
  user_id: string;
  client_id: string;
  resource: string;
  scopes: string;
}

/** What users have allowed applications, in exports and imports; the rows are there also while OAuth is off. */
@Injectable()
export class UserConsentsService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
  ) {}

  /** Of a page of users in the order of their ids, by id; those who allow nothing are left out. */
  async of(ids: string[]): Promise<Map<string, ConsentLine[]>> {
    const params = { first: ids[0] ?? '', last: ids.at(-1) ?? '', now: Date.now() };
    const rows = ids.length > 0 ? await this.database.query<Row>(OF_USERS, params) : [];
    const found = new Map<string, ConsentLine[]>();
    for (const row of rows) found.set(row.user_id, [...(found.get(row.user_id) ?? []), this.lineOf(row)]);
    return found;
  }

  /**
   * What of these consents an account may have given: scopes of OpenID Connect, which are about the account itself, and
   * those that it holds now. A consent to what it is given later would be given by no user.
   * @param held scopes of its roles; `*` for all
   */
  within(consents: ConsentLine[], held: readonly string[]): ConsentLine[] {
    const isHeld = (scope: string) => !scope.includes(':') || held.includes('*') || held.includes(scope);
    return consents
      .map((consent) => ({ ...consent, scopes: consent.scopes.filter(isHeld) }))
      .filter(({ scopes }) => scopes.length > 0);
  }

  /** The statements that take consents over for an account that is being made. */
  allowing(userId: string, consents: ConsentLine[]): Statement[] {
    return consents.map(({ clientId, resource = this.settings.PUBLIC_URL, scopes }) => ({
      sql: ALLOW,
      params: {
        id: uuidv7(),
        userId,
        clientId,
        resource,
        scopes: JSON.stringify(scopes),
        now: Date.now(),
      },
    }));
  }

  /** Gatehouse's own API is not named: elsewhere it has another identifier. */
  private lineOf({ client_id: clientId, resource, scopes }: Row): ConsentLine {
    const isOwn = resource === this.settings.PUBLIC_URL;
    return { clientId, ...(!isOwn && { resource }), scopes: JSON.parse(scopes) as string[] };
  }
}
