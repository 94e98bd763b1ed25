import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  CurrentActor,
  Limited,
  OptionalScopes,
  Scopes,
  SessionOnly,
} from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import {
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { AddMember, ChangeMember, MemberResponse } from './applications.dto.js';
import { MembersService } from './members.service.js';

@ApiTags('Subscriptions')
@Controller('v1/applications/:application/members')
@Scopes('account:write')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @Scopes('account:read')
  @OptionalScopes('resources:admin')
  @ApiOperation({ summary: 'List the owner and the members of an application, all on one page' })
  @PageOf(MemberResponse)
  async list(@Param('application') id: string, @CurrentActor() actor: Actor) {
    const items = (await this.members.list(id, actor)).map(MemberResponse.of);
    return { items, nextCursor: null };
  }

  @Post()
  @SessionOnly()
  @Limited('account_change')
  @ApiOperation({ summary: 'Make an account a member of an application' })
  @ApiCreatedResponse({ type: MemberResponse })
  async add(
    @Param('application') id: string,
    @Body() body: AddMember,
    @CurrentActor() actor: Actor,
  ): Promise<MemberResponse> {
    return MemberResponse.of(await this.members.add(id, body, actor));
  }

  @Patch(':user')
  @SessionOnly()
  @ApiOperation({ summary: 'Give a member another role' })
  @ApiOkResponse({ type: MemberResponse })
  async change(
    @Param('application') id: string,
    @Param('user') userId: string,
    @Body() { role }: ChangeMember,
    @CurrentActor() actor: Actor,
  ): Promise<MemberResponse> {
    return MemberResponse.of(await this.members.change(id, userId, role, actor));
  }

  @Delete(':user')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a member, or leave' })
  async remove(
    @Param('application') id: string,
    @Param('user') userId: string,
    @CurrentActor() actor: Actor,
  ): Promise<void> {
    await this.members.remove(id, userId, actor);
  }
}
