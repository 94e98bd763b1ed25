import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clock, HOUR, SECOND } from '../../../test/support/clock.js';
import { Windows } from './windows.js';

describe('windows', () => {
  beforeEach(() => clock.stop());
  afterEach(() => clock.release());

  it('count by key, each from its first', () => {
    const windows = new Windows();
    expect([windows.add('a', 60).count, windows.add('a', 60).count, windows.add('b', 60).count]).toEqual([
      1, 2, 1,
    ]);
    clock.forward(59 * SECOND);
    expect(windows.add('a', 60).count).toBe(3);
    clock.forward(SECOND);
    expect(windows.add('a', 60)).toEqual({ count: 1, endsAt: Date.now() + 60 * SECOND });
  });

  it('take back what was counted, and never more', () => {
    const windows = new Windows();
    windows.add('a', 60);
    windows.takeBack('a');
    windows.takeBack('a');
    windows.takeBack('nobody');
    expect(windows.add('a', 60).count).toBe(1);
  });

  it('begin anew when the clock was set back', () => {
    const windows = new Windows();
    for (let times = 0; times < 5; times++) windows.add('a', 60);
    clock.forward(-HOUR);
    expect(windows.add('a', 60)).toEqual({ count: 1, endsAt: Date.now() + 60 * SECOND });
  });

  it('keep what is seen often, however many others come', () => {
    const windows = new Windows();
    for (let n = 0; n < 120_000; n++) {
      windows.add(`stranger ${n}`, 60);
      if (n % 1_000 === 0) windows.add('often', 60);
    }
    expect(windows.add('often', 60).count).toBe(121);
    const { size } = (windows as unknown as { windows: { size: number } }).windows;
    expect(size).toBeLessThanOrEqual(50_000);
  });
});
