import { Body, Controller, Get, Patch } from '@nestjs/common';
import { CurrentActor, CurrentPrincipal, Limited, Scopes } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import type { Principal } from '../../platform/access/principal.js';
import { type ShownUser, shownUser, UsersService } from '../../accounts/users/users.service.js';
import { AccountChangesService } from '../../accounts/users/account-changes.service.js';
import { ApiOkResponse, ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { ChangeMe } from './account.dto.js';

/** As `GET /v1/users/:id` describes it. */
const USER = { $ref: '#/components/schemas/UserResponse' };

@ApiTags('Own account')
@Controller('v1/me')
export class MeController {
  constructor(
    private readonly users: UsersService,
    private readonly changes: AccountChangesService,
  ) {}

  @Get()
  @Scopes('account:read')
  @ApiOperation({ summary: 'Read your account' })
  @ApiOkResponse({ schema: USER })
  async get(@CurrentPrincipal() { id }: Principal): Promise<ShownUser> {
    return shownUser(await this.users.get(id));
  }

  @Patch()
  @Scopes('account:write')
  @Limited('account_change')
  @ApiOperation({ summary: 'Change your account' })
  @ApiOkResponse({ schema: USER })
  async change(
    @CurrentPrincipal() { id }: Principal,
    @Body() { name }: ChangeMe,
    @CurrentActor() actor: Actor,
  ): Promise<ShownUser> {
    return shownUser(
      name === undefined ? await this.users.get(id) : await this.changes.rename(id, name, actor),
    );
  }
}
