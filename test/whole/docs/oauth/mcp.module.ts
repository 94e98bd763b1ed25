import { Controller, HttpCode, Module, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  CurrentPrincipal,
  ProtectedResource,
  Scopes,
} from '../../../../src/platform/access/access.decorators.js';
import type { Principal } from '../../../../src/platform/access/principal.js';

const TOOLS = [{ name: 'whoami', description: 'The id of the user', inputSchema: { type: 'object' } }];
const ABOUT = { capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1.0.0' } };

@ProtectedResource('mcp')
@Controller('mcp')
export class McpController {
  @Post()
  @HttpCode(200)
  @Scopes('tools:call')
  answer(@Req() { body }: FastifyRequest, @CurrentPrincipal() caller: Principal) {
    const { id, method, params } = body as { id?: number; method: string; params?: any };
    const results = new Map<string, () => object>([
      ['initialize', () => ({ protocolVersion: params.protocolVersion, ...ABOUT })],
      ['tools/list', () => ({ tools: TOOLS })],
      ['tools/call', () => ({ content: [{ type: 'text', text: caller.id }] })],
    ]);
    const result = results.get(method)?.() ?? {};
    return id === undefined ? undefined : { jsonrpc: '2.0', id, result };
  }
}

@Module({ controllers: [McpController] })
export class McpModule {}
