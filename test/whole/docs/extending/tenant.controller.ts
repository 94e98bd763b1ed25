import { Controller, Get } from '@nestjs/common';
import { Authenticated, CurrentPrincipal } from '../../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../../src/platform/access/principal.js';

@Controller('v1/tenant')
@Authenticated()
export class TenantController {
  @Get()
  tenant(@CurrentPrincipal() principal: Principal) {
    return { tenant: principal.claims?.tenant ?? null };
  }
}
