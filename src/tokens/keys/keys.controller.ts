import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CurrentActor, Scopes, SessionOnly, StepUp } from '../../platform/access/access.decorators.js';
import type { Actor } from '../../platform/access/actor.js';
import { ApiOperation, ApiTags } from '../../platform/http/api-decorators.js';
import { PageOf } from '../../platform/http/api-docs.js';
import { KeyResponse, RotateKeys } from './keys.dto.js';
import type { SigningKey } from './signing-key.entity.js';
import { SigningKeysService } from './signing-keys.service.js';
import { KeyRotationService } from './key-rotation.service.js';

@ApiTags('Signing keys')
@Controller('v1/keys')
export class KeysController {
  constructor(
    private readonly keys: SigningKeysService,
    private readonly rotation: KeyRotationService,
  ) {}

  @Get()
  @Scopes('keys:read')
  @ApiOperation({ summary: 'List the signing keys: next, current, previous' })
  @PageOf(KeyResponse)
  list() {
    return this.page(this.keys.list());
  }

  @Post('rotate')
  @HttpCode(200)
  @Scopes('keys:write')
  @SessionOnly()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Sign with the next key from now on; live tokens stay good' })
  @PageOf(KeyResponse)
  async rotate(@Body() { force = false }: RotateKeys, @CurrentActor() actor: Actor) {
    return this.page(await this.rotation.rotate(actor, { force }));
  }

  @Delete(':kid')
  @HttpCode(204)
  @Scopes('keys:write')
  @SessionOnly()
  @StepUp({ maxAge: '5m' })
  @ApiOperation({ summary: 'Emergency: delete a key; whatever it signed is dead at once' })
  async remove(@Param('kid') kid: string, @CurrentActor() actor: Actor): Promise<void> {
    await this.rotation.remove(kid, actor);
  }

  private async page(keys: SigningKey[]) {
    const neededUntil = await this.keys.neededUntil();
    return { items: keys.map((key) => KeyResponse.of(key, neededUntil)), nextCursor: null };
  }
}
