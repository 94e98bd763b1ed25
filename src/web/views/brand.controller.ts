import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiExcludeController } from '../../platform/http/api-decorators.js';
import { NotFound } from '../../platform/http/http.errors.js';
import { BrandService } from './brand.service.js';

@ApiExcludeController()
@Controller('brand')
export class BrandController {
  constructor(private readonly brand: BrandService) {}

  /** The name holds a hash of what is in it, so that it may be kept for ever. */
  @Get(':file')
  @Public()
  file(@Param('file') name: string, @Res({ passthrough: true }) reply: FastifyReply): Buffer {
    const file = this.brand.file(`/brand/${name}`);
    if (!file) throw new NotFound();
    void reply.header('cache-control', 'public, max-age=31536000, immutable').type(file.type);
    // An SVG that is opened by itself is a document, whose scripts would be ours.
    if (file.type === 'image/svg+xml') void reply.header('content-security-policy', 'sandbox');
    return file.bytes;
  }
}
