import type { Note, Severity } from '../messages.js';
import { timeOf } from '../times.js';
import { refusal, draft } from './editing.js';
import { Icon, type IconName } from './icon.js';
import { locale } from './settings.js';
import { decoded, decryption, keyBinding, lifetime, now, verification } from './state.js';
import { dateInWords, said, t } from './texts.js';

/** One thing to know at once: in words, with a mark, and in a colour that says the same. */
interface Verdict {
  kind: 'good' | 'bad' | 'warn' | 'plain';
  text: string;
}

const ICONS: Record<Verdict['kind'], IconName> = {
  good: 'check',
  bad: 'cross',
  warn: 'warning',
  plain: 'dot',
};

/** What stands about the token: whether it verifies, when it ends, whether it is whole. */
export function StatusLine() {
  const current = decoded.value;
  const verdicts = current ? verdictsNow() : [{ kind: 'plain', text: t('statusEmpty') } as const];
  const time = current && lifeVerdict();
  return (
    <section class="status" aria-label={t('status')}>
      <div role="status" class="verdicts">
        {verdicts.map((each) => (
          <Chip key={each.text} {...each} />
        ))}
      </div>
      {time && (
        // Read out with the rest it would be read out every second.
        <div class="verdicts" title={time.title}>
          <Chip {...time} />
        </div>
      )}
    </section>
  );
}

function Chip({ kind, text }: Verdict) {
  return (
    <p class={`chip ${kind}`}>
      <Icon name={ICONS[kind]} />
      <span>{text}</span>
    </p>
  );
}

function verdictsNow(): Verdict[] {
  const { defects, kind } = decoded.value!;
  const errors = defects.filter(({ severity }) => severity === 'error');
  const verdicts: Verdict[] = [];
  if (kind === 'opaque') return [{ kind: 'plain', text: said(defects[0]!.note) }];
  if (draft.value && refusal.value)
    verdicts.push({ kind: 'warn', text: `${t('notSigned')}: ${said(refusal.value.note)}` });
  else verdicts.push(...signatureVerdicts());
  if (errors.length > 0) verdicts.push({ kind: 'bad', text: t('statusBroken', { count: errors.length }) });
  return verdicts;
}

function signatureVerdicts(): Verdict[] {
  const { state, note, warnings = [] } = verification.value ?? {};
  const verdicts: Verdict[] = [];
  if (state && note) verdicts.push({ kind: KINDS[state], text: sentence(note) });
  verdicts.push(
    ...warnings.map((each): Verdict => ({ kind: isGrave(each) ? 'bad' : 'warn', text: sentence(each) })),
  );
  if (decryption.value) {
    const isOpen = decryption.value.state === 'decrypted';
    verdicts.push({ kind: isOpen ? 'good' : 'plain', text: sentence(decryption.value.note) });
  }
  if (keyBinding.value)
    verdicts.push({ kind: keyBinding.value.isRight ? 'good' : 'bad', text: sentence(keyBinding.value.note) });
  return verdicts;
}

const KINDS = {
  valid: 'good',
  invalid: 'bad',
  unsecured: 'bad',
  unchecked: 'plain',
  unsupported: 'plain',
} as const;

function isGrave({ code }: Note): boolean {
  return code === 'weak-secret' || code === 'alg-confusion';
}

function lifeVerdict(): (Verdict & { title: string }) | undefined {
  const life = lifetime.value;
  if (!life) return undefined;
  const { claims = {} } = decoded.value!;
  const kind = ({ live: 'good', expired: 'bad', 'not-yet': 'warn', eternal: 'warn' } as const)[life.state];
  const point = timeOf(claims[life.state === 'not-yet' ? 'nbf' : 'exp']);
  const left = life.changesAt === undefined ? '' : countdown(life.changesAt - now.value);
  return {
    kind,
    text: `${sentence(life.note)}${left}`,
    title: point === undefined ? '' : dateInWords(point),
  };
}

/** ` (14:03)`, in the last hour. */
function countdown(left: number): string {
  if (left <= 0 || left > 3_600_000) return '';
  const seconds = Math.floor(left / 1000);
  return ` (${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')})`;
}

const MEMBERS = ['alg', 'iat', 'nbf', 'exp', 'typ', 'crit', 'cnf', 'kid'];

/** A note as a sentence of its own. */
export function sentence(note: Note): string {
  const text = said(note);
  const [, first = ''] = /^(\p{Ll}[\p{L}’]*) /u.exec(text) ?? [];
  return first === '' || MEMBERS.includes(first) ? text : text[0]!.toLocaleUpperCase(locale) + text.slice(1);
}

/** The kind of a chip for a severity. */
export const KIND_OF: Record<Severity, Verdict['kind']> = { error: 'bad', warning: 'warn', info: 'plain' };
