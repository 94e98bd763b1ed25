import { afterAll, beforeAll } from 'vitest';
import { startApp, type TestApp } from './app.js';
import { Mailbox } from './mailbox.js';

/**
 * An application of the spec's own that sends mail, and the mailbox that gets it, before all tests of a `describe`; both
 * are closed after them.
 */
export function useMailApp(started: (own: { app: TestApp; mailbox: Mailbox }) => void): void {
  let app: TestApp;
  let mailbox: Mailbox;

  beforeAll(async () => {
    mailbox = await Mailbox.open();
    app = await startApp({ env: { SMTP_URL: mailbox.url } });
    started({ app, mailbox });
  });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });
}
