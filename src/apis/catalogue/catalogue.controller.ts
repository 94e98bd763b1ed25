import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { CurrentActor, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { Cursors } from '../../platform/http/pagination.js';
import { CatalogueApiResponse, CatalogueEntry, CatalogueQuery, DocumentQuery } from './catalogue.dto.js';
import { CatalogueService } from './catalogue.service.js';

@ApiTags('Subscriptions')
@Controller('v1/catalogue')
@Scopes('account:read')
export class CatalogueController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Look for an API that can be called through the gateway' })
  @PageOf(CatalogueEntry)
  async list(@Query() query: CatalogueQuery) {
    const list = `catalogue:${query.q ?? ''}`;
    const found = await this.catalogue.list(query, this.cursors.after(list, query));
    return this.cursors.page(list, query, found, ({ id }) => id, CatalogueEntry.of);
  }

  @Get(':resource')
  @ApiOperation({ summary: 'Read what an API offers: its versions, its scopes and its plans' })
  @ApiOkResponse({ type: CatalogueApiResponse })
  async get(@Param('resource') id: string, @CurrentActor() actor: Actor): Promise<CatalogueApiResponse> {
    return CatalogueApiResponse.ofApi(await this.catalogue.get(id, actor));
  }

  @Get(':resource/openapi.json')
  @ApiOperation({
    summary: 'Read the OpenAPI document of a version of an API, with our address and our security',
  })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  document(
    @Param('resource') id: string,
    @Query() { version }: DocumentQuery,
    @CurrentActor() actor: Actor,
  ): Promise<object> {
    return this.catalogue.document(id, version, actor);
  }
}
