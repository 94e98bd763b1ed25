import { Module } from '@nestjs/common';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingNames } from '../../src/config/settings.js';
import { startApp } from '../support/app.js';
import { freePort, ServerProcess } from '../support/process.js';
import { NotesController } from './notes.controller.js';

@Module({ controllers: [NotesController] })
class NotesModule {}

const readme = readFileSync('README.md', 'utf8');
const blocks = [...readme.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, text]) => ({
  language,
  text: text!,
}));
const hasCurl = spawnSync('bash', ['-c', 'command -v curl']).status === 0;

describe('the README', () => {
  it.skipIf(!hasCurl)('has a tour that works when it is pasted', { timeout: 60_000 }, async () => {
    const server = await new ServerProcess(await freePort(), { LOG_LEVEL: 'warn' }).start();
    try {
      const password = /with the password (\S+)/.exec(server.output)![1]!;
      const tour = blocks
        .find(({ text }) => text.startsWith('ADMIN_PASSWORD='))!
        .text.replace('the password that the first start printed', password)
        .replace('http://localhost:3000', server.url);
      const said = execFileSync('bash', ['-euo', 'pipefail', '-c', tour], { encoding: 'utf8' })
        .trim()
        .split('\n');
      const answers = said.map((line) => JSON.parse(line) as Record<string, any>);
      expect(answers).toHaveLength(9);
      const [whoami, refused, role, user, outdated, users, sessions, loggedOut, after] = answers;
      expect(whoami).toMatchObject({ kind: 'user', roles: ['user'] });
      expect(refused).toMatchObject({ status: 403, code: 'insufficient_scope' });
      expect(role).toMatchObject({ name: 'support', scopes: ['users:read'] });
      expect(user).toMatchObject({ email: 'ada@example.com', roles: ['support', 'user'] });
      expect(outdated).toMatchObject({ status: 401, code: 'invalid_token' });
      expect(users!['items']).toHaveLength(2);
      expect(sessions!['items']).toMatchObject([{ current: true }]);
      expect(loggedOut).toBe(204);
      expect(after).toMatchObject({ status: 401, code: 'invalid_token' });
    } finally {
      await server.discard();
    }
  });

  it('protects a route as it says', async () => {
    const example = readFileSync('test/docs/notes.controller.ts', 'utf8').replaceAll('../../src/', '../');
    expect(blocks.find(({ language }) => language === 'ts')?.text).toBe(example);

    const app = await startApp({ modules: [NotesModule] });
    try {
      const reader = await app.as.holderOf('notes:read');
      const writer = await app.as.holderOf('notes:read', 'notes:write');
      const admin = await app.as.admin();
      expect((await app.as.anonymous().get('/v1/notes/about')).status).toBe(200);
      expect((await app.as.anonymous().get('/v1/notes')).status).toBe(401);
      expect((await (await app.as.member()).get('/v1/notes')).status).toBe(403);
      expect((await reader.get('/v1/notes')).body).toEqual({ notesOf: reader.id });
      expect((await reader.delete('/v1/notes/1')).body.code).toBe('insufficient_role');
      expect((await writer.delete('/v1/notes/1')).body.code).toBe('insufficient_role');
      expect((await admin.delete('/v1/notes/1')).status).toBe(204);
    } finally {
      await app.close();
    }
  });

  it('names every setting, and so does .env.example', () => {
    const example = readFileSync('.env.example', 'utf8');
    for (const name of settingNames()) {
      expect(readme, `README.md lacks ${name}`).toContain(`\`${name}\``);
      expect(`${example}\nNODE_ENV`, `.env.example lacks ${name}`).toContain(name);
    }
  });

  it('says what every dependency is for', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    for (const name of Object.keys(dependencies)) {
      const family = name.startsWith('@nestjs/') ? '@nestjs/*' : name;
      expect(readme, `README.md lacks ${name}`).toMatch(
        new RegExp(`\`(${family.replace('*', '\\*')}|${name})\``),
      );
    }
  });
});
