import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';
import { Database } from '../database/database.service.js';
import { Stopping, Unavailable } from '../http/http.errors.js';
import { Readiness } from '../http/readiness.js';
import { RevocationsService } from '../tokens/revocations.service.js';

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
    private readonly revocations: RevocationsService,
  ) {}

  @Get('live')
  @Public()
  @ApiOperation({ summary: 'Whether the process answers' })
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ summary: 'Whether it can serve: the database is reachable and migrated' })
  async ready() {
    if (this.readiness.isStopping) throw new Stopping();
    try {
      // A table of the newest schema, so that it answers for the migrations too.
      await this.database.query('SELECT value FROM authority_version WHERE id = 1');
    } catch (error) {
      throw new Unavailable(error);
    }
    if (this.revocations.isStale)
      throw new Unavailable('the revocations of other nodes were not looked at for too long');
    return { status: 'ok', database: 'ok', revocations: 'ok' };
  }
}
