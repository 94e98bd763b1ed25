import ts from 'typescript';
import { durationInWords } from '../../src/platform/config/setting-rules.js';
import { Settings } from '../../src/platform/config/settings.js';
import { classesOf, commentOf, parse, prose, row } from './source.js';
import { allowedValues } from '../../src/platform/config/load-settings.js';

const SOURCE = 'src/platform/config/settings.ts';

/** A setting as an operator sees it. */
export interface DocumentedSetting {
  name: string;
  /** What could be written into the environment for it; empty when there is no such value. */
  value: string;
  /** In words, where it is worked out from something else. */
  workedOut: string;
  allowed: string;
  purpose: string;
}

/** Every setting, in the order of the class. @throws Error where one has no comment or no rule */
export function documentedSettings(): DocumentedSetting[] {
  const allowed = allowedValues();
  const defaults = new Settings() as unknown as Record<string, unknown>;
  const declared = classesOf(parse(SOURCE)).find(({ name }) => name.text === Settings.name)!;
  return declared.members.filter(ts.isPropertyDeclaration).map((member) => {
    const name = member.name.getText();
    const { text: purpose, tags } = commentOf(member);
    if (!purpose || !allowed[name]) throw new Error(`${SOURCE}: ${name} needs a comment and a rule`);
    const value = inWords(defaults[name], allowed[name]);
    return { name, value, workedOut: tags['default'] ?? '', allowed: allowed[name], purpose };
  });
}

/** The table of docs/settings.md. */
export function settingsTable(): string {
  const rows = documentedSettings().map(({ name, value, workedOut, allowed, purpose }) =>
    row(
      `\`${name}\``,
      prose(workedOut) || (value && `\`${value}\``),
      prose(allowed.replace(', such as 30s, 15m, 12h or 30d', '')),
      prose(purpose),
    ),
  );
  return (
    row('setting', 'when it is not set', 'may be', 'what for') +
    row('---', '---', '---', '---') +
    rows.join('')
  );
}

/** `.env.example`. */
export function envExample(): string {
  const entries = documentedSettings().map(({ name, value, workedOut, purpose }) =>
    [`# ${purpose}`, ...(workedOut ? [`# Not set: ${workedOut}.`] : []), `# ${name}=${value}\n`].join('\n'),
  );
  return [
    '# Copy to .env, or set these in the environment. Nothing here is needed to start. docs/settings.md says more.\n',
    ...entries,
  ].join('\n');
}

function inWords(value: unknown, allowed: string): string {
  if (typeof value !== 'number' || !allowed.startsWith('a duration')) return String(value ?? '');
  return durationInWords(value);
}
