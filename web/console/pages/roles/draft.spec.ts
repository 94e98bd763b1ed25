import { describe, expect, it } from 'vitest';
import type { Role } from '../../types.js';
import { changesOf, isGiven, scopesAfter, toggled, type Draft } from './draft.js';

const role = (name: string, ...scopes: string[]) => ({ name, scopes }) as Role;
const EDITOR = role('editor', 'pages:read', 'pages:write');
/** A name that begins like the other. */
const EDITOR_IN_CHIEF = role('editor-in-chief', 'pages:read');
const NONE: Draft = new Map();

describe('a draft of roles', () => {
  it('is what is saved until something is ticked', () => {
    expect(isGiven(NONE, EDITOR, 'pages:read')).toBe(true);
    expect(isGiven(NONE, EDITOR, 'users:read')).toBe(false);
    expect(changesOf(NONE, [EDITOR, EDITOR_IN_CHIEF])).toEqual([]);
  });

  it('gives and takes away', () => {
    const draft = toggled(toggled(NONE, EDITOR, 'users:read'), EDITOR, 'pages:write');
    expect(isGiven(draft, EDITOR, 'users:read')).toBe(true);
    expect(isGiven(draft, EDITOR, 'pages:write')).toBe(false);
    expect(changesOf(draft, [EDITOR])).toEqual([
      { role: EDITOR, added: ['users:read'], removed: ['pages:write'] },
    ]);
  });

  it.each(['users:read', 'pages:read'])('is empty again once %s is ticked twice', (scope) => {
    const draft = toggled(toggled(NONE, EDITOR, scope), EDITOR, scope);
    expect([...draft]).toEqual([]);
  });

  it('leaves the draft before it as it was', () => {
    const before = toggled(NONE, EDITOR, 'users:read');
    toggled(before, EDITOR, 'pages:read');
    expect(changesOf(before, [EDITOR])).toEqual([{ role: EDITOR, added: ['users:read'], removed: [] }]);
  });

  it('keeps roles apart of which one is named like the beginning of the other', () => {
    const draft = toggled(NONE, EDITOR_IN_CHIEF, 'users:read');
    expect(isGiven(draft, EDITOR, 'users:read')).toBe(false);
    expect(changesOf(draft, [EDITOR, EDITOR_IN_CHIEF]).map((each) => each.role.name)).toEqual([
      'editor-in-chief',
    ]);
  });

  it('is saved as all scopes of the role, sorted', () => {
    const draft = toggled(toggled(NONE, EDITOR, 'audit:read'), EDITOR, 'pages:read');
    expect(changesOf(draft, [EDITOR]).map(scopesAfter)).toEqual([['audit:read', 'pages:write']]);
  });
});
