import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { AssetsService } from './assets.service.js';

/** The browser client, at an address that stays: `import { createClient } from 'https://auth.example.com/client.js'`. */
@ApiExcludeController()
@Controller()
export class ClientController {
  constructor(private readonly assets: AssetsService) {}

  @Get('client.js')
  @Public()
  client(@Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    // There is nothing secret in it, and a module of another origin is loaded with CORS or not at all.
    void reply
      .headers({
        'cache-control': 'public, max-age=3600',
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
      })
      .type('text/javascript; charset=utf-8');
    return this.assets.read('client.ts');
  }
}
