import { Controller, Get, Module, Post } from '@nestjs/common';
import {
  AuthenticatedBy,
  CurrentPrincipal,
  Scopes,
} from '../../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../../src/platform/access/principal.js';
import { PartnerStrategy } from './partner.strategy.js';

@Controller('v1/orders')
export class OrdersController {
  @Post()
  @AuthenticatedBy('partner')
  @Scopes('orders:write')
  order(@CurrentPrincipal() { kind, id }: Principal) {
    return { orderedBy: { kind, id } };
  }

  @Get()
  @Scopes('orders:read') // of people, with access tokens, as everywhere
  list() {
    return { items: [] };
  }
}

@Module({ controllers: [OrdersController], providers: [PartnerStrategy] })
export class OrdersModule {}
