import { Controller, Get } from '@nestjs/common';
import { Authenticated, CurrentPrincipal } from '../../../src/access/access.decorators.js';
import type { Principal } from '../../../src/access/principal.js';

@Controller('v1/tenant')
@Authenticated()
export class TenantController {
  @Get()
  tenant(@CurrentPrincipal() principal: Principal) {
    return { tenant: principal.claims?.tenant ?? null };
  }
}
