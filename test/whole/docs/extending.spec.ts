import { WsAdapter } from '@nestjs/platform-ws';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { EventsService } from '../../../src/platform/audit/events.service.js';
import type { Letter } from '../../../src/platform/mail/mail.types.js';
import { MailService } from '../../../src/platform/mail/mail.service.js';
import { startApp, type TestApp } from '../../support/app.js';
import { readPage } from '../../support/pages.js';
import { snippetsOf } from '../../support/snippets.js';
import { SocketClient } from '../../support/socket-client.js';
import { HttpMailTransport, HttpMailTransportModule } from './extending/http-mail-transport.js';
import { LiveNotesModule } from './extending/notes.gateway.js';
import { GraphqlNotesModule } from './extending/notes.resolver.js';
import { OrdersModule } from './extending/orders.js';
import { TenantsModule } from './extending/tenant-claims.js';
import { WelcomeModule } from './extending/welcome.js';

const blocks = snippetsOf(readPage('docs/extending.md'));

describe('docs/extending.md', () => {
  it('shows the examples as they are tested', () => {
    const shown = blocks.filter(({ label }) => label?.startsWith('test/whole/docs/extending/'));
    expect(shown).toHaveLength(8);
    for (const { label, text } of shown)
      expect(text, label).toBe(readFileSync(label!, 'utf8').replaceAll('../../../../src/', '../../'));
  });

  it('shows the spec of a mail transport as it is tested', () => {
    const own = readFileSync('test/whole/docs/extending.spec.ts', 'utf8').replaceAll(/^ +/gm, '');
    expect(own).toContain(
      blocks.find(({ notRun }) => notRun?.includes('test/whole/docs/extending.spec.ts'))!.text,
    );
  });
});

describe('the examples', () => {
  let app: TestApp;
  const taken: { authorization: string | undefined; letter: Record<string, string> }[] = [];
  let status = 202;
  const api = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    taken.push({
      authorization: request.headers.authorization,
      letter: JSON.parse(body) as Record<string, string>,
    });
    response.writeHead(status).end();
  });

  beforeAll(async () => {
    await once(api.listen(0, '127.0.0.1'), 'listening');
    process.env['MAIL_API_URL'] = `http://127.0.0.1:${(api.address() as AddressInfo).port}/letters`;
    process.env['MAIL_API_TOKEN'] = 'the token of the mail API';
    process.env['PARTNER_SECRET'] = 'the:secret of acme';
    app = await startApp({
      modules: [
        TenantsModule,
        WelcomeModule,
        HttpMailTransportModule,
        OrdersModule,
        LiveNotesModule,
        GraphqlNotesModule,
      ],
      configure: (nest) => nest.useWebSocketAdapter(new WsAdapter(nest)),
    });
  });
  afterAll(async () => {
    await app.close();
    api.close();
    for (const name of ['MAIL_API_URL', 'MAIL_API_TOKEN', 'PARTNER_SECRET']) delete process.env[name];
  });

  it('add the tenant to the token', async () => {
    const ada = await app.as.member('ada@tenant.example');
    expect((await ada.get('/v1/tenant')).body).toEqual({ tenant: 'tenant.example' });
    expect((await app.as.anonymous().get('/v1/tenant')).status).toBe(401);
  });

  it('hear of sign-ups, logins and changed roles', async () => {
    const body = { email: 'bob@example.com', password: 'correct horse battery', name: 'Bob' };
    const { user } = (await app.as.anonymous().post('/v1/auth/signup', body)).body;
    await app.as.logIn(body.email, body.password);
    await (await app.as.admin()).put(`/v1/users/${user.id}/roles`, { roles: ['admin'] });
    await app.nest.get(EventsService).settled();
    const said = app.log.join();
    expect(said).toContain('welcome, Bob');
    expect(said).toContain(`${user.id} signed in from 127.0.0.1, session `);
    expect(said).toContain(` made ${user.id} admin, who was user`);
  });

  it('send mail through an HTTP API', async () => {
    const mail = app.nest.get(MailService);
    await mail.flush();
    taken.length = 0;
    await app.as.member('carol@example.com');
    await mail.flush();
    expect(taken).toHaveLength(1);
    const [{ authorization, letter }] = taken as [(typeof taken)[number]];
    expect(authorization).toBe('Bearer the token of the mail API');
    expect(letter).toMatchObject({ to: 'carol@example.com', from: 'no-reply@localhost' });
    expect(letter['text']).toMatch(/\/account#v\.\S+/);
    expect(letter['html']).toContain('<a href="http://localhost:3000/account#v.');
  });

  it('give a letter up that the API refuses for good, and try again what it could not take', async () => {
    const mail = app.nest.get(MailService);
    const { email } = await app.as.member();
    await mail.flush();
    for (const [answer, tries] of [
      [422, 1],
      [503, 3],
    ] as const) {
      status = answer;
      taken.length = 0;
      await app.as.anonymous().post('/v1/auth/password/reset', { email });
      await mail.flush();
      expect(taken, String(answer)).toHaveLength(tries);
    }
    status = 202;
    expect(app.log.join()).not.toContain('the mail API answered');
  });

  it('let the partner order, by its secret, and no other caller', async () => {
    const basic = (name: string, secret: string) =>
      app.as
        .anonymous()
        .with({ authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` });
    const acme = basic('acme', 'the:secret of acme');
    expect((await acme.post('/v1/orders')).body).toEqual({ orderedBy: { kind: 'client', id: 'acme' } });
    const refused = [basic('acme', 'the'), basic('acme', ''), basic('other', 'the:secret of acme')];
    for (const who of [...refused, app.as.anonymous(), await app.as.admin()]) {
      const answer = await who.post('/v1/orders');
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="partners", charset="UTF-8"');
    }
    expect((await acme.get('/v1/orders')).status).toBe(401);
    expect((await (await app.as.admin()).get('/v1/orders')).status).toBe(200);
  });

  it('guard messages and queries; access/transports.spec.ts has the rest', async () => {
    const reader = await app.as.holderOf('notes:read');
    const socket = await SocketClient.open(`${app.url}/v1/live`, reader.headers);
    expect((await socket.ask('notes')).data).toEqual({ notesOf: reader.id });
    expect((await socket.ask('remove', { id: '1' })).data.code).toBe('insufficient_scope');
    await socket.close();
    const { body } = await reader.post('/graphql', { query: '{ notes { owner } }' });
    expect(body.data).toEqual({ notes: [{ owner: reader.id }] });
  });

  it('collect mail in a spec', async () => {
    onTestFinished(() => app.nest.get(HttpMailTransport).onModuleInit());
    const letters: Letter[] = [];
    app.nest.get(MailService).useTransport({ send: async (letter) => void letters.push(letter) });
    await app.as.member('ada@example.com');
    await app.nest.get(MailService).flush();
    expect(letters.map(({ to }) => to)).toContain('ada@example.com');
  });
});
