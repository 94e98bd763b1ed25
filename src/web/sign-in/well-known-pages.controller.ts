import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { Settings } from '../../platform/config/settings.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';

/** Where password managers find what they offer to do. */
@ApiExcludeController()
@Controller('.well-known')
export class WellKnownPagesController {
  constructor(private readonly settings: Settings) {}

  /** W3C "A Well-Known URL for Changing Passwords". */
  @Get('change-password')
  @Public()
  changePassword(@Res({ passthrough: true }) reply: FastifyReply): void {
    void reply.status(302).header('location', '/account/security');
  }

  /** W3C "Passkey Endpoints Well-Known URL". */
  @Get('passkey-endpoints')
  @Public()
  passkeyEndpoints(): { enroll: string; manage: string } {
    const { PUBLIC_URL } = this.settings;
    return { enroll: `${PUBLIC_URL}/account/passkeys/new`, manage: `${PUBLIC_URL}/account/security` };
  }
}
