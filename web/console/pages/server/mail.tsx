import { useState } from 'preact/hooks';
import { send, withQuery } from '../../api.js';
import { useGet, usePages } from '../../data.js';
import { has, may, settings } from '../../settings.js';
import { locale, t } from '../../texts.js';
import { Form, Select } from '../../ui/form.js';
import { List, Loaded, Section, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';

interface Queued {
  id: string;
  kind: string;
  address: string;
  letter: string | null;
  attempts: number;
  dueAt: string;
}
interface Letters {
  /** Without languages where there is one alone. */
  items: { name: string; locales?: string[] }[];
}
interface Letter {
  subject: string;
  text: string;
  html: string;
}

/** What waits to be sent, and how each letter reads in each language. */
export function Mail() {
  const letters = useGet<Letters>('/v1/mail/letters');
  return (
    <>
      {has('/v1/mail/outbox') && <Outbox />}
      <Section title={t('mail.letters')} lead={t('mail.lettersLead')}>
        <Loaded data={letters}>{({ items }) => <Preview letters={items} />}</Loaded>
      </Section>
    </>
  );
}

function Outbox() {
  const pages = usePages<Queued>('/v1/mail/outbox', {});
  return (
    <Section title={t('mail.outbox')} lead={t('mail.outboxLead')}>
      <List
        pages={pages}
        label={t('mail.outbox')}
        empty={t('mail.empty')}
        heads={[t('mail.to'), t('mail.letter'), t('mail.tries'), t('mail.due')]}
        row={({ id, address, kind, letter, attempts, dueAt }) => (
          <tr key={id}>
            <th scope="row">
              <bdi>{address}</bdi>
            </th>
            <td>
              <code>{letter ?? kind}</code>
            </td>
            <td>{attempts}</td>
            <td>
              <Time at={dueAt} />
            </td>
          </tr>
        )}
      />
    </Section>
  );
}

function Preview({ letters }: { letters: Letters['items'] }) {
  const [name, setName] = useState(letters[0]?.name ?? '');
  const locales = letters.find((each) => each.name === name)?.locales ?? [];
  const isTranslated = locales.length > 0;
  const [wanted, setWanted] = useState(locale);
  const chosen = locales.includes(wanted) ? wanted : (locales[0] ?? 'en');
  const letter = useGet<Letter>(
    name ? withQuery(`/v1/mail/letters/${name}`, { locale: isTranslated ? chosen : '' }) : undefined,
  );
  const names = new Map(settings.locales.map((each) => [each.tag, each.name]));
  return (
    <>
      <div class="pair">
        <Select
          name="letter"
          label={t('mail.letter')}
          value={name}
          onChange={setName}
          options={letters.map((each) => [each.name, each.name])}
        />
        {isTranslated && (
          <Select
            name="locale"
            label={t('shell.language')}
            value={chosen}
            onChange={setWanted}
            options={locales.map((tag) => [tag, names.get(tag) ?? tag])}
          />
        )}
      </div>
      <Loaded data={letter}>
        {({ subject, text, html }) => (
          <article class="letter" lang={chosen} dir="auto">
            <h3>{subject}</h3>
            <pre tabIndex={0}>{text}</pre>
            <details>
              <summary>HTML</summary>
              <pre tabIndex={0}>{html}</pre>
            </details>
          </article>
        )}
      </Loaded>
      {may('mail:write') && (
        <Form
          submit={t('mail.test')}
          onSubmit={async () => {
            await send('POST', '/v1/mail/test', { letter: name, ...(isTranslated && { locale: chosen }) });
            say(t('mail.tested', { email: settings.user.email }));
          }}
        />
      )}
    </>
  );
}
