import { Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import { CurrentPrincipal, Public, Roles, Scopes } from '../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../src/platform/access/principal.js';

@Controller('v1/notes')
@Scopes('notes:read') // all of these; for every handler that says nothing else about scopes
export class NotesController {
  @Get()
  list(@CurrentPrincipal() principal: Principal) {
    return { notesOf: principal.id };
  }

  @Delete(':id')
  @HttpCode(204)
  @Scopes('notes:write')
  @Roles('editor', 'admin') // and any one of these
  remove(@Param('id') _id: string): void {}

  @Get('about')
  @Public() // every caller
  about() {
    return { about: 'notes' };
  }
}
