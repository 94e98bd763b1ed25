import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { JsxEmit, ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { Client, type SignedIn } from '../../support/client.js';
import { readPage } from '../../support/pages.js';
import { freePort } from '../../support/process.js';
import { endProcess, startNode } from '../../support/run-node.js';
import { snippetsOf } from '../../support/snippets.js';

const EXPRESS = `
import { createServer } from 'node:http';
import { requireScope } from './express.mjs';
const guard = requireScope('account:read');
const server = createServer((request, response) =>
  guard(request, response, (error) => response.writeHead(error ? 500 : 200).end(JSON.stringify(request.user))),
);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

const NEST = `
import 'reflect-metadata';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { GatehouseGuard, Scopes } from './gatehouse.guard.mjs';

@Controller()
class OrdersController {
  @Get() @Scopes(['account:read']) read(@Req() request: any) { return request.user; }
  @Get('other') @Scopes(['orders:write']) other() {}
  @Get('silent') silent() {}
}
@Module({ controllers: [OrdersController], providers: [{ provide: APP_GUARD, useClass: GatehouseGuard }] })
class AppModule {}
const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
console.log(app.getHttpServer().address().port);
`;

const compiled = (text: string) =>
  transpileModule(text, {
    compilerOptions: {
      module: ModuleKind.ESNext,
      target: ScriptTarget.ES2022,
      jsx: JsxEmit.None,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  }).outputText;

describe('another service that goes by docs/extending.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-docs-'));
  const processes: ChildProcess[] = [];
  let app: TestApp;
  let member: SignedIn;

  beforeAll(async () => {
    const port = await freePort();
    app = await startApp({ port, env: { PUBLIC_URL: `http://127.0.0.1:${port}` } });
    member = await app.as.member();
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    for (const { label, language, text } of snippetsOf(readPage('docs/extending.md'))) {
      if (language === 'js') writeFileSync(join(folder, label!), text);
      if (label === 'gatehouse.guard.ts') writeFileSync(join(folder, 'gatehouse.guard.mjs'), compiled(text));
    }
    writeFileSync(join(folder, 'express-service.mjs'), EXPRESS);
    writeFileSync(join(folder, 'nest-service.mjs'), compiled(NEST));
  });
  afterAll(async () => {
    await Promise.all(processes.map(endProcess));
    await app.close();
    rmSync(folder, { recursive: true });
  });

  const start = async (file: string, gatehouse = app.url): Promise<Client> => {
    const { child, ended } = startNode([join(folder, file)], { env: { GATEHOUSE_URL: gatehouse } });
    processes.push(child);
    const crashed = ended.then(({ err }) => {
      throw new Error(`${file} ended: ${err}`);
    });
    const [port] = await Promise.race([once(child.stdout, 'data'), crashed]);
    return new Client(`http://127.0.0.1:${String(port).trim()}`);
  };

  it.each(['express-service.mjs', 'nest-service.mjs'])('lets the right ones in: %s', async (file) => {
    const service = await start(file);
    const { status, body, text } = await service.with(member.headers).get('/');
    expect(status, text).toBe(200);
    expect(body ?? JSON.parse(text)).toMatchObject({ id: member.id, roles: ['user'] });

    const { body: key } = await member.post('/v1/api-keys', {
      name: 'k',
      scopes: ['account:read'],
      expiresIn: '1d',
    });
    const [head, , signature] = member.tokens.access_token.split('.') as [string, string, string];
    const claims = Buffer.from(JSON.stringify({ sub: 'admin', scope: 'account:read' })).toString('base64url');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    const wrong = [
      '',
      'nonsense',
      key.key,
      key.key.slice(4),
      `${head}.${claims}.${signature}`,
      `${none}.${claims}.`,
    ];
    for (const token of wrong) {
      const answer = await service.get('/', { authorization: `Bearer ${token}` });
      expect(answer.status, token).toBe(401);
    }
    expect((await service.get('/')).status).toBe(401);
    const narrow = await app.as.logIn(member.email, member.password, { scope: 'account:write' });
    expect((await service.with(narrow.headers).get('/')).status).toBe(403);
    if (file !== 'nest-service.mjs') return;
    expect((await service.with(member.headers).get('/other')).status).toBe(403);
    expect((await service.with(member.headers).get('/silent')).status).toBe(403);
  });

  it('does not take it for the caller’s fault when it cannot fetch the keys', async () => {
    const service = await start('express-service.mjs', `http://127.0.0.1:${await freePort()}`);
    expect((await service.with(member.headers).get('/')).status).toBe(500);
  });
});
