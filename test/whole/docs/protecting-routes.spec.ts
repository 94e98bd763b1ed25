import { Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { clock, MINUTE } from '../../support/clock.js';
import { InvoicesController } from './invoices.controller.js';
import { NotesController } from './notes.controller.js';

@Module({ controllers: [InvoicesController, NotesController] })
class ControllersModule {}

/** Under a path of their own, for developers who have made features of these names. */
@Module({
  imports: [ControllersModule, RouterModule.register([{ path: 'example', module: ControllersModule }])],
})
class ExamplesModule {}

/** A controller of this folder, as it would stand in a feature. */
const shown = (path: string) => readFileSync(path, 'utf8').replaceAll('../../../src/', '../../');

describe('a route that is protected', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ modules: [ExamplesModule] });
  });
  afterAll(() => app.close());

  it('as the README says lets in the callers it names, and no others', async () => {
    expect(readFileSync('README.md', 'utf8')).toContain(shown('test/whole/docs/notes.controller.ts'));

    const reader = await app.as.holderOf('notes:read');
    const writer = await app.as.holderOf('notes:read', 'notes:write');
    const admin = await app.as.admin();
    expect((await app.as.anonymous().get('/example/v1/notes/about')).status).toBe(200);
    expect((await app.as.anonymous().get('/example/v1/notes')).status).toBe(401);
    expect((await (await app.as.member()).get('/example/v1/notes')).status).toBe(403);
    expect((await reader.get('/example/v1/notes')).body).toEqual({ notesOf: reader.id });
    expect((await reader.delete('/example/v1/notes/1')).body.code).toBe('insufficient_role');
    expect((await writer.delete('/example/v1/notes/1')).body.code).toBe('insufficient_role');
    expect((await admin.delete('/example/v1/notes/1')).status).toBe(204);
  });

  it('as docs/protecting-routes.md says tells apart owners, people, keys and old sign-ins', async () => {
    expect(readFileSync('docs/protecting-routes.md', 'utf8')).toContain(
      shown('test/whole/docs/invoices.controller.ts'),
    );
    const path = '/example/v1/invoices/01890a5d-ac96-774b-bcce-b302099a8057';

    const reader = await app.as.holderOf('invoices:read');
    expect((await reader.get('/example/v1/invoices')).body.items).toEqual([]);
    expect((await (await app.as.admin()).get('/example/v1/invoices')).body.items).toHaveLength(1);
    expect((await reader.get(path)).status).toBe(404);
    expect((await reader.delete(path)).body.code).toBe('insufficient_scope');

    const scopes = ['invoices:pay', 'invoices:write'];
    const payer = await app.as.holderOf('account:write', ...scopes);
    const { body } = await payer.post('/v1/api-keys', { name: 'A key', scopes });
    const key = app.as.anonymous().with({ authorization: `Bearer ${body.key}` });
    expect((await payer.post(`${path}/payment`)).status).toBe(204);
    expect((await key.post(`${path}/payment`)).body.code).toBe('session_required');
    expect((await payer.delete(path)).status).toBe(204);
    expect((await key.delete(path)).body.code).toBe('session_required');

    clock.stop(new Date(Date.now() + 6 * MINUTE));
    try {
      expect((await payer.post(`${path}/payment`)).body.code).toBe('insufficient_user_authentication');
      expect((await payer.delete(path)).status).toBe(204);
    } finally {
      clock.release();
    }
  });
});
