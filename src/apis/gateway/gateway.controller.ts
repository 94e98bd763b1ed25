import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CurrentActor, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { JsonObjectOf, PageOf } from '../../platform/http/api-docs.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { ExplainService } from './explain.service.js';
import { ExplainRequest, ExplainResponse, PublishRevision, RevisionResponse } from './gateway.dto.js';
import { RevisionsService } from './revisions.service.js';
import { shownDocument } from './shown-document.js';

const LIST = 'gateway-revisions';
/** More than any number of a revision, and what both databases take for an integer. */
const NEWEST = 2 ** 31 - 1;

@ApiTags('Gateway')
@Controller('v1/gateway')
@Scopes('gateway:read')
export class GatewayController {
  constructor(
    private readonly revisions: RevisionsService,
    private readonly explanations: ExplainService,
    private readonly cursors: Cursors,
  ) {}

  @Get('revisions')
  @ApiOperation({ summary: 'List the published tables, the newest first' })
  @PageOf(RevisionResponse)
  async list(@Query() query: PageQuery) {
    const before = Number(this.cursors.after(LIST, query)) || NEWEST;
    const found = await this.revisions.list(query.limit, before);
    return this.cursors.page(LIST, query, found, ({ seq }) => String(seq), RevisionResponse.of);
  }

  @Post('revisions')
  @Scopes('gateway:write')
  @ApiOperation({ summary: 'Publish what the rows say: every node serves it within a second' })
  @ApiCreatedResponse({ type: RevisionResponse })
  async publish(@Body() { note }: PublishRevision, @CurrentActor() actor: Actor): Promise<RevisionResponse> {
    return RevisionResponse.of(await this.revisions.publish(note ?? null, actor));
  }

  @Get('revisions/:seq')
  @ApiOperation({ summary: 'Read a published table' })
  @JsonObjectOf('The revision and its document, without secrets')
  async get(@Param('seq') seq: string) {
    const revision = await this.revisions.get(numberOf(seq));
    return { ...RevisionResponse.of(revision), document: shownDocument(revision.document) };
  }

  @Post('revisions/:seq/restore')
  @Scopes('gateway:write')
  @ApiOperation({ summary: 'Serve an earlier table again, as a new revision' })
  @ApiCreatedResponse({ type: RevisionResponse })
  async restore(@Param('seq') seq: string, @CurrentActor() actor: Actor): Promise<RevisionResponse> {
    return RevisionResponse.of(await this.revisions.restore(numberOf(seq), actor));
  }

  @Post('explain')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say which route, version and rule a request would meet' })
  @ApiOkResponse({ type: ExplainResponse })
  explain(@Body() body: ExplainRequest): Promise<ExplainResponse> {
    return this.explanations.explain(body);
  }
}

/** 0, which no revision has, for what is no number of one. */
function numberOf(seq: string): number {
  return /^[1-9]\d{0,8}$/.test(seq) ? Number(seq) : 0;
}
