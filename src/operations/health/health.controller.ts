import { Controller, Get } from '@nestjs/common';
import { Public } from '../../platform/access/access.decorators.js';
import { Database } from '../../platform/database/database.service.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { Stopping, Unavailable } from '../../platform/http/http.errors.js';
import { Readiness } from '../../platform/http/readiness.js';
import { LiveResponse, ReadyResponse } from './health.dto.js';
import { RevocationsService } from '../../tokens/revocation/revocations.service.js';

@ApiTags('Health')
@Controller('health')
export class HealthController {
  /** Requests of the same moment share one look at the database, because the route is public. */
  private looking: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
    private readonly revocations: RevocationsService,
  ) {}

  @Get('live')
  @Public()
  @ApiOperation({ summary: 'Whether the process answers' })
  @ApiOkResponse({ type: LiveResponse })
  live(): LiveResponse {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ summary: 'Whether it can serve: the database is reachable and migrated' })
  @ApiOkResponse({ type: ReadyResponse })
  async ready(): Promise<ReadyResponse> {
    if (this.readiness.isStopping) throw new Stopping();
    try {
      this.looking ??= this.look().finally(() => (this.looking = undefined));
      await this.looking;
    } catch (error) {
      throw new Unavailable(error);
    }
    if (this.revocations.isStale)
      throw new Unavailable('the revocations of other nodes were not looked at for too long');
    return { status: 'ok', database: 'ok', revocations: 'ok' };
  }

  private async look(): Promise<void> {
    // A table of the newest schema, so that it answers for the migrations too.
    await this.database.query('SELECT value FROM authority_version WHERE id = 1');
  }
}
