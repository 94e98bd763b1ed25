import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptOnce } from '../../../src/platform/http/pages.js';
import { startApp, type TestApp } from '../../support/app.js';

describe('what is the same for every caller', () => {
  it('is made once, for callers of the same moment too, and again after a failure', async () => {
    let made = 0;
    const bytes = keptOnce(() => {
      if (++made === 1) return Promise.reject(new Error('not yet'));
      return `text ${made}`;
    });
    await expect(bytes()).rejects.toThrow('not yet');
    const [one, other] = await Promise.all([bytes(), bytes()]);
    expect(one).toBe(other);
    expect(String(one)).toBe('text 2');
    expect(made).toBe(2);
  });

  describe('over HTTP', () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await startApp();
    });
    afterAll(() => app.close());

    it.each([
      '/docs',
      '/docs/start.js',
      '/docs/swagger-ui.css',
      '/docs/swagger-ui-bundle.js',
      '/openapi.json',
    ])('%s is the same text each time', async (path) => {
      const first = await (await fetch(app.url + path)).text();
      expect(first.length).toBeGreaterThan(50);
      expect(await (await fetch(app.url + path)).text()).toBe(first);
    });
  });
});
