import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  CurrentActor,
  CurrentPrincipal,
  Limited,
  Scopes,
  SessionOnly,
} from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import {
  ApiAcceptedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { Cursors, PageQuery } from '../../platform/http/pagination.js';
import { LetterPreviews } from '../../platform/mail/letter-previews.service.js';
import { MailQueue } from '../../platform/mail/mail-queue.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import {
  LetterNameResponse,
  LetterPreviewResponse,
  PreviewQuery,
  SendTestLetter,
  WaitingLetterResponse,
} from './outbox.dto.js';

/** Whom an example is written to; no mail reaches it (RFC 2606 §3). */
const EXAMPLE = 'ada@example.com';

@ApiTags('Administration')
@Controller('v1/mail')
export class OutboxController {
  constructor(
    private readonly queue: MailQueue,
    private readonly previews: LetterPreviews,
    private readonly users: UsersService,
    private readonly cursors: Cursors,
    private readonly audit: AuditService,
  ) {}

  @Get('outbox')
  @Scopes('mail:read')
  @ApiOperation({ summary: 'List the letters that wait to be sent, oldest first' })
  @PageOf(WaitingLetterResponse)
  async list(@Query() query: PageQuery) {
    const found = await this.queue.list(query.limit + 1, this.cursors.after('outbox', query));
    const show = ({
      id,
      kind,
      detail,
      address,
      tries,
      dueAt,
    }: (typeof found)[number]): WaitingLetterResponse => ({
      id,
      kind,
      letter: typeof detail['notice'] === 'string' ? detail['notice'] : null,
      address,
      attempts: tries,
      dueAt: new Date(dueAt),
    });
    return this.cursors.page('outbox', query, found, ({ id }) => id, show);
  }

  @Get('letters')
  @Scopes('mail:read')
  @ApiOperation({ summary: 'List the letters that there are' })
  @PageOf(LetterNameResponse)
  letters() {
    const locales = [...this.previews.locales];
    return { items: this.previews.names.map((name) => ({ name, locales })), nextCursor: null };
  }

  @Get('letters/:name')
  @Scopes('mail:read')
  @ApiOperation({ summary: 'See a letter in one of its languages, with examples in it' })
  @ApiOkResponse({ type: LetterPreviewResponse })
  preview(@Param('name') name: string, @Query() { locale }: PreviewQuery): LetterPreviewResponse {
    const preview = this.previews.preview(name, EXAMPLE, locale);
    if (!preview) throw noSuchLetter();
    return preview;
  }

  @Post('test')
  @HttpCode(202)
  @Scopes('mail:write')
  @SessionOnly()
  @Limited('account_change')
  @ApiOperation({ summary: 'Send oneself a letter, with examples in it' })
  @ApiAcceptedResponse({ description: 'It is on its way' })
  async send(
    @Body() { letter, locale }: SendTestLetter,
    @CurrentPrincipal() { id }: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    if (!this.previews.names.includes(letter)) throw noSuchLetter();
    const { user } = await this.users.get(id);
    await this.previews.send(letter, user.email, actor, locale);
    await this.audit.record({ action: 'mail.tested', detail: { letter } }, actor);
  }
}

function noSuchLetter(): NotFound {
  return new NotFound('There is no such letter; GET /v1/mail/letters lists them.');
}
