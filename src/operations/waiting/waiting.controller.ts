import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { CurrentActor, Scopes, SessionOnly } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { Cursors } from '../../platform/http/pagination.js';
import { WaitsService } from '../../platform/limits/waits.service.js';
import { UsersService } from '../../accounts/users/users.service.js';
import { WaitResponse, WaitsQuery } from './waiting.dto.js';

@ApiTags('Administration')
@Controller('v1/limits/waiting')
export class WaitingController {
  constructor(
    private readonly waits: WaitsService,
    private readonly users: UsersService,
    private readonly cursors: Cursors,
  ) {}

  @Get()
  @Scopes('limits:read', 'users:read')
  @ApiOperation({
    summary: 'List the accounts and sources that limits hold back, newest first',
    description: 'A page may have fewer than `limit` and yet a `nextCursor`: the list goes on there.',
  })
  @PageOf(WaitResponse)
  async list(@Query() query: WaitsQuery) {
    const list = `waiting:${query.user ?? ''}`;
    const { waits, next } = await this.waits.list(this.cursors.after(list, query), query.limit, query.user);
    const ids = waits.flatMap(({ userId }) => userId ?? []);
    const emails = ids.length === 0 ? new Map<string, string>() : await this.users.emailsOf(ids);
    return this.cursors.pageUpTo(list, waits, next, (wait): WaitResponse => ({
      ...wait,
      email: emails.get(wait.userId ?? '') ?? null,
    }));
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('limits:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Let one go on at once; what was counted is forgotten' })
  async release(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    if (!(await this.waits.release(id, actor))) throw new NotFound('Nothing of this id waits any more.');
  }
}
