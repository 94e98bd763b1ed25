import { afterEach, describe, expect, it } from 'vitest';
import { clock } from '../../../test/support/clock.js';
import { timeOrderedId } from './time-ordered-id.js';

const UUID_V7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('an id', () => {
  afterEach(() => clock.release());

  it('is a UUIDv7 that no other one equals', () => {
    const ids = Array.from({ length: 70_000 }, timeOrderedId);
    expect(ids.filter((id) => !UUID_V7.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('begins with its time, so that later ones sort after', () => {
    clock.stop(new Date('2030-01-01T00:00:00.001Z'));
    const early = timeOrderedId();
    expect(Number.parseInt(early.slice(0, 13).replace('-', ''), 16)).toBe(Date.now());
    clock.forward(1);
    expect(timeOrderedId() > early).toBe(true);
  });
});
