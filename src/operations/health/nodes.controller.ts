import { Controller, Get } from '@nestjs/common';
import { Scopes } from '../../platform/access/access.decorators.js';
import { Database } from '../../platform/database/database.service.js';
import { Leases } from '../../platform/database/leases.service.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { NodeResponse } from './health.dto.js';

/** A node that was killed is seen for a minute more; see `Presence`. */
const NODES = `SELECT owner, expires_at FROM leases
  WHERE name >= 'server:' AND name < 'server;' AND expires_at > :now ORDER BY owner`;

@ApiTags('Health')
@Controller('v1/nodes')
export class NodesController {
  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
  ) {}

  @Get()
  @Scopes('overview:read')
  @ApiOperation({ summary: 'List the servers that run on this database' })
  @PageOf(NodeResponse)
  async list() {
    const rows = await this.database.query<{ owner: string; expires_at: string | number }>(NODES, {
      now: Date.now(),
    });
    const items = rows.map(({ owner, expires_at: until }): NodeResponse => ({
      id: owner,
      isThis: owner === this.leases.owner,
      seenUntil: new Date(Number(until)),
    }));
    return { items, nextCursor: null };
  }
}
