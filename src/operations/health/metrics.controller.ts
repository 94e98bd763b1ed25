import { Controller, Get, Header } from '@nestjs/common';
import { Scopes } from '../../platform/access/access.decorators.js';
import { Settings } from '../../platform/config/settings.js';
import { Database } from '../../platform/database/database.service.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { Metrics } from '../../platform/http/metrics.js';

@ApiTags('Health')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly settings: Settings,
    private readonly metrics: Metrics,
    database: Database,
  ) {
    metrics.gauge('gatehouse_database_connections', 'Connections to the database', () => database.pool.total);
    metrics.gauge('gatehouse_database_connections_idle', 'Those that nobody uses', () => database.pool.idle);
    metrics.gauge('gatehouse_database_waiting', 'Statements that wait for one', () => database.pool.waiting);
  }

  @Get()
  @Scopes('metrics:read')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ summary: 'What Prometheus reads' })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  read(): Promise<string> {
    if (this.settings.METRICS === 'off') throw new NotFound();
    return this.metrics.registry.metrics();
  }
}
