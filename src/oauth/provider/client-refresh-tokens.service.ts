import { Injectable } from '@nestjs/common';
import { RefreshTokenKind } from '../../tokens/sessions/refresh-token-kind.service.js';
import type { ReadAlong } from '../../tokens/sessions/session.types.js';
import { ClientStandingsService, type ClientStanding } from './client-standings.service.js';

/** What decides about a client's session, and what the client calls itself. */
interface HeldStanding extends ClientStanding {
  clientId: string | null;
}

/** Makes the refresh tokens of clients known to introspection, revocation and the inspector, by what a refresh asks. */
@Injectable()
export class ClientRefreshTokensService {
  constructor(kind: RefreshTokenKind, standings: ClientStandingsService) {
    kind.ofClients<HeldStanding>({
      along: withClient(standings.along),
      holderOf: (session, standing) =>
        standing.clientId === null
          ? undefined
          : { clientId: standing.clientId, refusal: standings.refusalOf(session, standing) },
    });
  }
}

function withClient({ columns, joins, order, of }: ReadAlong<ClientStanding>): ReadAlong<HeldStanding> {
  return {
    columns: `${columns}, c.client_id AS holder`,
    joins: `${joins} LEFT JOIN oauth_clients c ON c.id = s.client_id`,
    order,
    of: (rows: never[]) => ({ ...of(rows), clientId: (rows[0]! as { holder: string | null }).holder }),
  };
}
