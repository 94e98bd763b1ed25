import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { SECOND } from '../../support/clock.js';
import { expectProblem } from '../../support/problem.js';
import { statementsDuring } from '../../support/statements.js';

const START = Date.UTC(2026, 0, 1);
/** More than are read at a time. */
const EVENTS = 1_203;

describe('the trail', () => {
  let app: TestApp;
  let auditor: SignedIn;
  let admin: SignedIn;

  beforeAll(async () => {
    app = await startApp();
    admin = await app.as.admin();
    auditor = await app.as.holderOf('audit:read');
    const rows = Array.from({ length: EVENTS }, (_, n) => {
      const at = START + n * SECOND;
      const id = uuidv7({ msecs: at });
      return `('${id}', ${at}, 'test.happened', 'user', 'actor-${n % 3}', 'thing', 'thing-${n % 2}', '{"n":${n}}')`;
    });
    await app.database.query(`INSERT INTO audit_events
      (id, at, action, actor_kind, actor_id, target_kind, target_id, detail) VALUES ${rows.join()}`);
  });
  afterAll(() => app.close());

  const list = async (query: string) => {
    const { status, body } = await auditor.get(`/v1/audit-events?action=test.happened&${query}`);
    expect(status).toBe(200);
    return body as { items: { at: string; detail: { n: number } }[]; nextCursor: string | null };
  };
  const numbers = ({ items }: Awaited<ReturnType<typeof list>>) => items.map(({ detail }) => detail.n);
  const at = (n: number) => new Date(START + n * SECOND).toISOString();
  const download = async (query: string) => {
    const { status, text, headers } = await auditor.get(`/v1/audit-events/export?${query}`);
    expect(status).toBe(200);
    return { text, headers };
  };

  it('can be read from its newest end, page by page', async () => {
    const first = await list('order=newest&limit=2');
    expect(numbers(first)).toEqual([EVENTS - 1, EVENTS - 2]);
    const second = await list(`order=newest&limit=2&cursor=${first.nextCursor}`);
    expect(numbers(second)).toEqual([EVENTS - 3, EVENTS - 4]);
    const answer = await auditor.get(`/v1/audit-events?action=test.happened&cursor=${first.nextCursor}`);
    expectProblem(answer, 400, 'invalid_cursor');
  });

  it('can be read between two times, the first included and the second not', async () => {
    expect(numbers(await list(`since=${at(10)}&until=${at(13)}`))).toEqual([10, 11, 12]);
    expect(numbers(await list(`since=${at(10)}&until=${at(13)}&order=newest`))).toEqual([12, 11, 10]);
    expect(numbers(await list(`since=${at(10)}&until=${at(10)}`))).toEqual([]);
    expect(numbers(await list(`until=2026-01-01`))).toEqual([]);
    expect(numbers(await list(`since=${at(-90)}&limit=1`))).toEqual([0]);
  });

  it('can be read by what something was done to, and by who did it', async () => {
    expect(numbers(await list('subject=thing-1&limit=2'))).toEqual([1, 3]);
    expect(numbers(await list('subject=thing-1&actor=actor-0&limit=2'))).toEqual([3, 9]);
    expect(numbers(await list('subject=nothing'))).toEqual([]);
  });

  it('reads past what was before a time, and not through it', async () => {
    const statements = await statementsDuring(app, () => list(`since=${at(1_200)}&limit=1`));
    expect(statements.join()).toMatch(/id"? > .*AND/);
    expect(numbers(await list(`since=${at(1_200)}&limit=1`))).toEqual([1_200]);
  });

  it.each(['order=up', 'until=yesterday', 'subject=a&subject=b', `subject=${'x'.repeat(65)}`])(
    'is not read by %s',
    async (query) => {
      expectProblem(await auditor.get(`/v1/audit-events?${query}`), 400, 'validation_failed');
    },
  );

  describe('as a file', () => {
    it('has every event once, as JSON lines', async () => {
      const { text, headers } = await download('action=test.happened');
      expect(headers.get('content-type')).toBe('application/x-ndjson');
      expect(headers.get('content-disposition')).toBe('attachment; filename="audit-events.jsonl"');
      const lines = text.trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line).detail.n)).toEqual([...Array(EVENTS).keys()]);
      const [event] = (await list('limit=1')).items;
      expect(JSON.parse(lines[0]!)).toEqual(event);
    });

    it('has those that are asked for, as CSV', async () => {
      const query = `format=csv&action=test.happened&subject=thing-1&since=${at(1)}&until=${at(4)}&order=newest`;
      const { text, headers } = await download(query);
      expect(headers.get('content-type')).toMatch(/^text\/csv/);
      const [head, first, second, ...rest] = text.split('\r\n');
      expect(head).toBe('id,at,action,actorKind,actorId,targetKind,targetId,ip,userAgent,requestId,detail');
      expect(first).toMatch(
        /^[\da-f-]{36},2026-01-01T00:00:03\.000Z,test\.happened,user,actor-0,thing,thing-1,,,,"\{""n"":3\}"$/,
      );
      expect(second).toContain('{""n"":1}');
      expect(rest).toEqual(['']);
    });

    it('holds nothing that a spreadsheet runs, and no line that a stranger made', async () => {
      const email = 'formula@example.com';
      for (const agent of ['=cmd|calc!A0', '@SUM(1)', '+1', '-1', 'a,"b"']) {
        const login = { email, password: 'not the one' };
        await app.as.anonymous().post('/v1/auth/login', login, { 'user-agent': agent });
      }
      const { text } = await download('format=csv&action=login.failed');
      expect(text.trimEnd().split('\r\n')).toHaveLength(6);
      expect(text).not.toMatch(/(^|,|")[=@+-]/m);
      expect(text).toContain(`,'=cmd|calc!A0,`);
      expect(text).toContain(',"a,""b""",');
    });

    it('is for auditors, and takes neither a page nor another format', async () => {
      expectProblem(await (await app.as.member()).get('/v1/audit-events/export'), 403, 'insufficient_scope');
      for (const query of ['limit=5', 'cursor=x', 'format=xml'])
        expectProblem(await admin.get(`/v1/audit-events/export?${query}`), 400, 'validation_failed');
    });
  });
});
