import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Data, Pages } from '../data.js';
import { fromNow, inFull, t } from '../texts.js';
import { Dialog } from './dialog.js';
import { Form } from './form.js';
import { Icon } from './icons.js';
import { ProblemNotice } from './problem.js';

interface PageProps {
  title: string;
  lead?: string;
  /** What leads back to the list that this belongs to. */
  above?: { href: string; text: string };
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** A page of the console under its heading. */
export function Page({ title, lead, above, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${t('shell.title')}`;
  }, [title]);
  return (
    <div class="page">
      <header class="head">
        <div>
          {above && (
            <a class="above" href={above.href}>
              <Icon name="back" class="flip" />
              {above.text}
            </a>
          )}
          <h1>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface SectionProps {
  title: string;
  lead?: string;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

/** One matter of a page. */
export function Section({ title, lead, actions, children }: SectionProps) {
  return (
    <section class="box">
      <header>
        <div>
          <h2>{title}</h2>
          {lead && <p class="hint">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** What was read, or that it is on its way, or why not. */
export function Loaded<T>({ data, children }: { data: Data<T>; children: (value: T) => ComponentChildren }) {
  const { value, error, isLoading, reload } = data;
  return (
    <>
      {error && <ProblemNotice error={error} onRetry={reload} />}
      {value !== undefined ? children(value) : isLoading && <Waiting />}
    </>
  );
}

/** Lines where the content will be, so that little moves when it comes. */
export function Waiting() {
  return (
    <div class="waiting" aria-busy="true">
      <span class="hidden">{t('shell.loading')}</span>
      {[1, 2, 3].map((line) => (
        <i key={line} />
      ))}
    </div>
  );
}

interface TableProps {
  label: string;
  heads: readonly (string | undefined)[];
  children: ComponentChildren;
}

/** Scrolls sideways by itself on small screens. */
export function Table({ label, heads, children }: TableProps) {
  return (
    <div class="table" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heads.map((head, column) => (
              <th key={column} scope="col">
                {head ?? <span class="hidden">{t('table.actions')}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

interface ListProps<T> extends Omit<TableProps, 'children'> {
  pages: Pages<T>;
  /** What there is to say when there is nothing. */
  empty: ComponentChildren;
  row: (item: T) => ComponentChildren;
}

/** A list in pages, with the ways to those before and after. */
export function List<T>({ pages, empty, row, ...table }: ListProps<T>) {
  const { next, back, isLoading } = pages;
  return (
    <Loaded data={pages}>
      {({ items }) => (
        <div class="list" aria-busy={isLoading}>
          {items.length === 0 ? <div class="empty">{empty}</div> : <Table {...table}>{items.map(row)}</Table>}
          {(next || back) && (
            <div class="pager">
              <button type="button" class="small" disabled={!back} onClick={back}>
                <Icon name="back" class="flip" />
                {t('table.back')}
              </button>
              <button type="button" class="small" disabled={!next} onClick={next}>
                {t('table.next')}
                <Icon name="next" class="flip" />
              </button>
            </div>
          )}
        </div>
      )}
    </Loaded>
  );
}

export function Time({ at }: { at: string | number | null | undefined }) {
  if (at === null || at === undefined) return <span class="muted">–</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={inFull(at)}>
      {fromNow(at)}
    </time>
  );
}

type Tone = 'good' | 'bad' | 'warn' | undefined;

export function Tag({ tone, children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`tag ${tone ?? ''}`}>{children}</span>;
}

/** Names and what they are. */
export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const COPIED_MS = 2_000;

export function CopyButton({ text, label = t('action.copy') }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <button type="button" class="small" onClick={() => void copy()}>
      {isCopied ? t('action.copied') : label}
    </button>
  );
}

/** An identifier in one line, to be read or copied. */
export function Code({ children }: { children: string }) {
  return (
    <span class="code">
      <code>{children}</code>
      <CopyButton text={children} />
    </span>
  );
}

interface SecretDialogProps {
  title: string;
  secret: string;
  onClose: () => void;
  children?: ComponentChildren;
}

/** What is shown this once. */
export function SecretDialog({ title, secret, onClose, children }: SecretDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="notice">{t('secret.once')}</p>
      <div class="secret-line">
        <code class="secret">{secret}</code>
        <CopyButton text={secret} />
      </div>
      {children}
      <div class="actions">
        <button type="button" class="primary" onClick={onClose}>
          {t('secret.kept')}
        </button>
      </div>
    </Dialog>
  );
}

interface ConfirmProps {
  title: string;
  submit: string;
  isDanger?: boolean;
  /** Closes the dialog when it has succeeded. */
  act: () => Promise<void>;
  onClose: () => void;
  children?: ComponentChildren;
}

/** Asks before something is done that matters. */
export function Confirm({ title, submit, isDanger = true, act, onClose, children }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        submit={submit}
        isDanger={isDanger}
        onCancel={onClose}
        onSubmit={async () => {
          await act();
          onClose();
        }}
      >
        {children}
      </Form>
    </Dialog>
  );
}
