import { Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import {
  CurrentPrincipal,
  OptionalScopes,
  Scopes,
  SessionOnly,
  StepUp,
} from '../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../src/platform/access/principal.js';
import { NotFound } from '../../../src/platform/http/http.errors.js';

const invoices = [{ id: '01890a5d-ac96-774b-bcce-b302099a8057', ownerId: 'nobody', cents: 995 }];

@Controller('v1/invoices')
@Scopes('invoices:read')
export class InvoicesController {
  /** Users see their own, and with `invoices:admin` all. */
  @Get()
  @OptionalScopes('invoices:admin')
  list(@CurrentPrincipal() { id, scopes }: Principal) {
    return { items: invoices.filter(({ ownerId }) => scopes.includes('invoices:admin') || ownerId === id) };
  }

  /** Another user's is 404, as if there were none: the difference would tell. */
  @Get(':id')
  get(@Param('id', ParseUUIDPipe) id: string, @CurrentPrincipal() principal: Principal) {
    const invoice = invoices.find((each) => each.id === id && each.ownerId === principal.id);
    if (!invoice) throw new NotFound();
    return invoice;
  }

  /** Money moves: a person, and one who has signed in a moment ago. */
  @Post(':id/payment')
  @HttpCode(204)
  @Scopes('invoices:pay')
  @StepUp({ maxAge: '5m' })
  pay(@Param('id', ParseUUIDPipe) _id: string): void {}

  /** A person, however long ago they signed in. */
  @Delete(':id')
  @HttpCode(204)
  @Scopes('invoices:write')
  @SessionOnly()
  remove(@Param('id', ParseUUIDPipe) _id: string): void {}
}
