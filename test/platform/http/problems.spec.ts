import { Controller, Get, HttpException, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public } from '../../../src/platform/access/access.decorators.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem, LEAKS } from '../../support/problem.js';
import { sendAsIs } from '../../support/raw.js';

const LOGIN = '/v1/auth/login';

/** A body of so many bytes. */
const padded = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
/** A token of so many characters. */
const authorization = (length: number) => ({ authorization: `Bearer ${'a'.repeat(length)}` });

@Controller('failing')
class FailingController {
  constructor(private readonly dataSource: DataSource) {}

  @Get('error')
  @Public()
  error() {
    throw new TypeError(`SELECT password_hash FROM users: cannot read 'x' of undefined`);
  }

  @Get('nothing')
  @Public()
  nothing() {
    throw undefined as unknown;
  }

  @Get('later')
  @Public()
  async later() {
    await Promise.reject(new Error('secret of the library'));
  }

  @Get('teapot')
  @Public()
  teapot() {
    throw new HttpException('a text that a library wrote', 418);
  }

  @Get('database')
  @Public()
  database() {
    return this.dataSource.query('SELECT * FROM no_such_table');
  }

  @Get('unserialisable')
  @Public()
  unserialisable() {
    return { big: 1n };
  }
}

@Module({ controllers: [FailingController] })
class FailingModule {}

describe('a failure', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ modules: [FailingModule] });
  });
  afterAll(() => app.close());

  describe('of the body', () => {
    it.each(['{', '{"email":}', 'undefined', "{'email': 1}", '{"a":1}}', '{"a":01}', '{"a":NaN}', '""x'])(
      'that is not JSON (%j) is 400',
      async (body) => {
        expectProblem(await app.as.anonymous().post(LOGIN, body), 400, 'malformed_request');
      },
    );

    it('that breaks a rule is 400 and names each field', async () => {
      const answer = await app.as.anonymous().post(LOGIN, { email: 5, extra: true });
      expectProblem(answer, 400, 'validation_failed');
      const fields = answer.body.errors.map(({ field }: { field: string }) => field);
      expect(fields.toSorted()).toEqual(['email', 'extra', 'password']);
      for (const error of answer.body.errors) {
        expect(error).toEqual({ field: expect.any(String), message: expect.stringContaining(error.field) });
      }
    });

    it('names a field inside of another by its path', async () => {
      const admin = await app.as.admin();
      const scopes = [{ name: 'a:read' }, { name: 7 }];
      const answer = await admin.post('/v1/resources', {
        identifier: 'https://a.example',
        name: 'A',
        scopes,
      });
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body.errors).toEqual([
        { field: 'scopes.1.name', message: expect.stringContaining('name') },
      ]);
    });

    it('of 65 KiB is 413, one of 64 KiB is read', async () => {
      expectProblem(await app.as.anonymous().post(LOGIN, padded(65 * 1024)), 413, 'payload_too_large');
      expectProblem(await app.as.anonymous().post(LOGIN, padded(64 * 1024)), 400, 'validation_failed');
    });

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/problem+json',
      'application/jsonx',
      'application/json\tfoo',
      'application/json foo',
      'application/json,text/plain',
      ';application/json',
      'text/json',
      'x',
    ])('of the type %j is 415', async (type) => {
      const answer = await app.as.anonymous().post(LOGIN, {}, { 'content-type': type });
      expectProblem(answer, 415, 'unsupported_media_type');
    });

    // A spelling that passes the check of the type must not pass validation (CVE-2026-25223, CVE-2026-33806).
    it.each([
      'application/json',
      'APPLICATION/JSON',
      'application/json; charset=utf-8',
      'application/json\t;\tcharset=utf-8',
      ' application/json ',
    ])('of the type %j is read and validated', async (type) => {
      const answer = await app.as.anonymous().post(LOGIN, { email: 5 }, { 'content-type': type });
      expectProblem(answer, 400, 'validation_failed');
    });

    it('without a type is 415', async () => {
      const body = new TextEncoder().encode('{}');
      const response = await fetch(app.url + LOGIN, { method: 'POST', body });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({ code: 'unsupported_media_type' });
    });
  });

  describe('of the caller', () => {
    it('without a token is 401, and no error code is given', async () => {
      const answer = await app.as.anonymous().get('/v1/me');
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    });

    it.each(['Bearer nonsense', 'Bearer two words', 'Bearer\ttab'])(
      'with a token that is none is 401 with the error: %j',
      async (authorization) => {
        const answer = await app.as.anonymous().get('/v1/me', { authorization });
        expectProblem(answer, 401, 'invalid_token');
        expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      },
    );

    it('with a refresh token that does not work is 401 with the error, and without one without it', async () => {
      for (const [body, challenge] of [
        [{ refresh_token: 'nonsense' }, 'Bearer error="invalid_token"'],
        [{}, 'Bearer'],
      ] as const) {
        const answer = await app.as.anonymous().post('/v1/auth/refresh', body);
        expectProblem(answer, 401, 'invalid_refresh_token');
        expect(answer.headers.get('www-authenticate')).toBe(challenge);
      }
    });

    it('with a wrong password is 401 that names a scheme', async () => {
      const answer = await app.as.anonymous().post(LOGIN, { email: 'nobody@example.com', password: 'x' });
      expectProblem(answer, 401, 'invalid_credentials');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    });

    it('without the scope is 403 and says which', async () => {
      const member = await app.as.member();
      const answer = await member.get('/v1/users');
      expectProblem(answer, 403, 'insufficient_scope');
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_scope", scope="users:read"',
      );
    });

    it('with a header of 20 KB is 401, with one of 40 KB 431', async () => {
      const anonymous = app.as.anonymous();
      expectProblem(await anonymous.get('/v1/me', authorization(20_000)), 401, 'invalid_token');
      const huge = await anonymous.get('/v1/me', authorization(40_000));
      expectProblem(huge, 431, 'request_header_fields_too_large');
    });
  });

  describe('of the address', () => {
    it.each(['/nope', '/v1', '/v1/users/', '//v1/users', '/V1/users', '/v1/auth/login/..%2f', '/v1/users;x'])(
      '%s is 404, no matter who asks',
      async (path) => {
        expectProblem(await app.as.anonymous().get(path), 404, 'not_found');
        expectProblem(await (await app.as.admin()).get(path), 404, 'not_found');
      },
    );

    it.each(['/%', '/%zz', '/v1/users/%E0%A4%A', '/v1/users/%ff', '/v1/users/%c0%ae'])(
      '%s, which is no percent-encoding, is 400',
      async (path) => {
        expectProblem(await sendAsIs(app.url, 'GET', path), 400, 'malformed_request');
      },
    );

    it.each([
      ['DELETE', LOGIN, 'POST'],
      ['TRACE', '/v1/users', 'GET, HEAD, POST'],
      ['PROPFIND', '/v1/users', 'GET, HEAD, POST'],
      ['OPTIONS', '/v1/users', 'GET, HEAD, POST'],
      ['QUERY', '/v1/users/1/roles', 'PUT'],
      ['PUT', '/v1/users/1', 'DELETE, GET, HEAD, PATCH'],
      ['POST', '/docs', 'GET, HEAD'],
      ['POST', '/health/live', 'GET, HEAD'],
    ])('%s %s is 405 and says what is allowed', async (method, path, allowed) => {
      const answer = await sendAsIs(app.url, method, path);
      expectProblem(answer, 405, 'method_not_allowed');
      expect(answer.headers.get('allow')?.split(', ').toSorted().join(', ')).toBe(allowed);
    });

    it('with a method to override another is not overridden', async () => {
      const answer = await app.as.anonymous().post(LOGIN, {}, { 'x-http-method-override': 'DELETE' });
      expectProblem(answer, 400, 'validation_failed');
    });

    it('is the same for HEAD as for GET, without a body', async () => {
      const head = await app.as.anonymous().send('HEAD', '/health/live');
      const get = await app.as.anonymous().get('/health/live');
      expect([head.status, head.text]).toEqual([200, '']);
      expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
      const refused = await app.as.anonymous().send('HEAD', '/v1/me');
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    });
  });

  describe('of the server', () => {
    it.each(['error', 'nothing', 'later', 'database', 'unserialisable'])(
      '(%s) is 500, says nothing of its cause, and the process lives',
      async (kind) => {
        const answer = await app.as.anonymous().get(`/failing/${kind}`);
        expectProblem(answer, 500, 'internal_error');
        expect(answer.text).not.toMatch(/password_hash|secret of the library|no_such_table|TypeError|BigInt/);
        expect((await app.as.anonymous().get('/health/ready')).status).toBe(200);
      },
    );

    it('stands in the log, with its cause and the instance that the answer named', async () => {
      const { body } = await app.as.anonymous().get('/failing/later');
      const line = app.log
        .map((text) => JSON.parse(text))
        .find(({ requestId }) => requestId === body.instance);
      expect(line).toMatchObject({ level: 50, err: { message: 'secret of the library' } });
    });

    it('keeps its status but not its text when a library throws a client error', async () => {
      const answer = await app.as.anonymous().get('/failing/teapot');
      expect(answer.status).toBe(418);
      expect(answer.text).not.toContain('a text that a library wrote');
      expect(answer.text).not.toMatch(LEAKS);
    });
  });
});

describe('a server without its database', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
    await app.nest.get(DataSource).destroy();
  });
  afterAll(() => app.close().catch(() => {}));

  it('is not ready, but alive', async () => {
    expectProblem(await app.as.anonymous().get('/health/ready'), 503, 'unavailable');
    expect((await app.as.anonymous().get('/health/live')).status).toBe(200);
  });

  it.each([
    ['/v1/auth/login', { email: 'ada@example.com', password: 'a long enough passphrase' }],
    ['/v1/auth/signup', { email: 'ada@example.com', password: 'a long enough passphrase' }],
    ['/v1/auth/refresh', { refresh_token: 'A'.repeat(72) }],
  ])('answers 503 to %s and says when to try again', async (path, body) => {
    const answer = await app.as.anonymous().post(path, body);
    expectProblem(answer, 503, 'unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
