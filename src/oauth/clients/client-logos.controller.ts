import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import type { FastifyReply } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { ClientLogosService } from './client-logos.service.js';

@ApiExcludeController()
@Controller('logos')
export class ClientLogosController {
  constructor(private readonly logos: ClientLogosService) {}

  /** For the pages that name an application. They are bytes of others, so a browser that opens one by itself runs nothing. */
  @Get(':id')
  @Public()
  async logo(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const logo = await this.logos.of(id);
    if (!logo) throw new NotFound();
    void reply
      .header('cache-control', 'public, max-age=3600')
      .header('content-security-policy', `default-src 'none'; sandbox`)
      .type(logo.type);
    return logo.bytes;
  }
}
