/** `warn` is worth a look; `fail` does not work. */
export type Status = 'ok' | 'warn' | 'fail';

/** What a check has found: what is so, and how to mend it. Never a secret. */
export interface Finding {
  name: string;
  status: Status;
  detail: string;
}

/** Makes the findings of one check. */
export const findings = (name: string) => ({
  ok: (detail: string): Finding => ({ name, status: 'ok', detail }),
  warn: (detail: string): Finding => ({ name, status: 'warn', detail }),
  fail: (detail: string): Finding => ({ name, status: 'fail', detail }),
});
