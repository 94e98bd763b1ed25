import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentActor, Scopes, SessionOnly } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { ChangePassword } from './account.dto.js';
import { TokenDelivery } from '../issuing/token-delivery.service.js';
import { PasswordChangeService } from './password-change.service.js';

@ApiTags('Own account')
@Controller('v1/me/password')
export class PasswordController {
  constructor(
    private readonly passwordChange: PasswordChangeService,
    private readonly delivery: TokenDelivery,
  ) {}

  @Post()
  @HttpCode(204)
  @Scopes('account:write')
  @SessionOnly()
  @ApiOperation({ summary: 'Change your password; your other sessions end' })
  async change(
    @Body() body: ChangePassword,
    @CurrentActor() actor: Actor,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const deviceToken = await this.passwordChange.change(body, actor);
    const delivery = headers.authorization === undefined ? 'cookie' : 'body';
    this.delivery.deliverDeviceToken(deviceToken, delivery, reply);
  }
}
