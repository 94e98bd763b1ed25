import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { CurrentActor, Scopes, StepUp } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { LostFactorsService } from './lost-factors.service.js';

@ApiTags('Users')
@Controller('v1/users')
export class UsersFactorsController {
  constructor(private readonly lost: LostFactorsService) {}

  @Delete(':id/factors')
  @HttpCode(204)
  @Scopes('users:write')
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Take all second factors of a user away, who has lost them' })
  async removeAll(@Param('id') id: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.lost.removeAll(id, actor);
  }
}
