import { useState } from 'preact/hooks';
import { client, withQuery } from '../../api.js';
import { t } from '../../texts.js';
import { Field, Form, type FormFields } from '../../ui/form.js';
import { CopyButton, Tag } from '../../ui/parts.js';
import { settings } from '../../settings.js';
import { exampleOf, type Document, type Operation } from './operations.js';

interface Answer {
  status: number;
  ms: number;
  headers: string;
  body: string;
}

/** Sends a request with the session of the user, who sees first what it will be. */
export function Try({ operation, document }: { operation: Operation; document: Document }) {
  const { method, path, parameters, body } = operation;
  const [answer, setAnswer] = useState<Answer>();
  const shown = parameters.filter((each) => each.in !== 'header');
  const isUnsafe = method !== 'GET';
  const call = async (fields: FormFields) => {
    const begun = performance.now();
    const found = await client.fetch(addressOf(operation, fields), requestOf(operation, fields));
    const text = await found.text();
    setAnswer({
      status: found.status,
      ms: Math.round(performance.now() - begun),
      headers: [...found.headers].map(([name, value]) => `${name}: ${value}`).join('\n'),
      body: indented(text),
    });
  };
  return (
    <>
      <Form submit={t('api.send', { method })} isDanger={isUnsafe} onSubmit={call}>
        {shown.length > 0 && (
          <div class="pair">
            {shown.map(({ name, in: place, required, description }) => (
              <Field
                key={`${place}.${name}`}
                name={`${place}.${name}`}
                label={name}
                required={required === true}
                autocomplete="off"
                {...(description && { hint: description })}
              />
            ))}
          </div>
        )}
        {body && (
          <Field
            name="body"
            label={t('api.body', { type: body.type })}
            rows={6}
            defaultValue={JSON.stringify(exampleOf(body.schema, document), null, 2)}
          />
        )}
        {isUnsafe && <p class="hint">{t('api.unsafe')}</p>}
      </Form>
      <div class="curl">
        <pre tabIndex={0}>{curlOf(method, path)}</pre>
        <CopyButton text={curlOf(method, path)} />
      </div>
      {answer && (
        <div class="answer" role="status">
          <p>
            <Tag tone={answer.status < 400 ? 'good' : 'bad'}>{String(answer.status)}</Tag>{' '}
            <span class="hint inline">{t('api.took', { ms: answer.ms })}</span>
          </p>
          <pre tabIndex={0}>{answer.body || t('api.empty')}</pre>
          <details>
            <summary>{t('api.headers')}</summary>
            <pre tabIndex={0}>{answer.headers}</pre>
          </details>
        </div>
      )}
    </>
  );
}

function addressOf({ path, parameters }: Operation, fields: FormFields): string {
  const given = (place: string) =>
    Object.fromEntries(
      parameters
        .filter((each) => each.in === place)
        .map(({ name }) => [name, fields.text(`${place}.${name}`)]),
    );
  const names = given('path');
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
  return withQuery(filled, given('query'));
}

function requestOf({ method, body }: Operation, fields: FormFields): RequestInit {
  const headers = new Headers({ accept: 'application/json' });
  if (!body) return { method, headers };
  headers.set('content-type', body.type);
  return { method, headers, body: fields.raw('body') };
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function curlOf(method: string, path: string): string {
  const verb = method === 'GET' ? '' : `-X ${method} `;
  return `curl ${verb}-H 'Authorization: Bearer …' '${settings.issuer}${path}'`;
}
