import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { t } from '../../texts.js';
import { Field, Form, Select } from '../../ui/form.js';
import { Facts, Section, Tag } from '../../ui/parts.js';
import { METHODS, type Explanation } from './types.js';

/** Says what a request would meet, by the code that it would meet. */
export function Explain() {
  const [found, setFound] = useState<Explanation>();
  return (
    <Section title={t('gateway.explain')}>
      <Form
        submit={t('gateway.ask')}
        onSubmit={async (fields) => {
          const token = fields.text('token');
          const headers = Object.fromEntries(fields.lines('headers').map(headerOf));
          const request = { method: fields.text('method'), url: fields.text('url'), headers };
          setFound(
            await send<Explanation>('POST', '/v1/gateway/explain', { ...request, ...(token && { token }) }),
          );
        }}
      >
        <div class="pair">
          <Select name="method" label={t('gateway.method')} options={METHODS.map((each) => [each, each])} />
          <Field
            name="url"
            dir="ltr"
            label={t('gateway.url')}
            hint={t('gateway.urlHint')}
            placeholder="/g/items/v1/things/7"
            autocomplete="off"
            required
          />
        </div>
        <Field name="token" dir="ltr" label={t('gateway.token')} hint={t('gateway.tokenHint')} rows={2} />
        <Field name="headers" dir="ltr" label={t('api.headers')} hint={t('gateway.headersHint')} rows={2} />
      </Form>
      {found && <Found of={found} />}
    </Section>
  );
}

/** `host: api.example.com` */
function headerOf(line: string): [string, string] {
  const [name = '', ...value] = line.split(':');
  return [name.trim().toLowerCase(), value.join(':').trim()];
}

function Found({ of: found }: { of: Explanation }) {
  const { outcome, status, code, detail, route, version, upstream, target } = found;
  const isForwarded = outcome === 'forward';
  return (
    <div class="answer" role="status">
      <p>
        <Tag tone={isForwarded ? 'good' : 'bad'}>
          {isForwarded ? t('gateway.forwarded') : t('gateway.refused', { status: String(status) })}
        </Tag>
      </p>
      {detail && (
        <p>
          {detail} <code>{code}</code>
        </p>
      )}
      <Facts
        of={[
          [t('gateway.revision'), String(found.revision)],
          ...(version ? [[t('gateway.api'), `${version.resource} ${version.label}`] as const] : []),
          ...(route
            ? [
                [
                  t('gateway.path'),
                  <code key="path">{`${route.methods.join(' ')} ${route.path}`}</code>,
                ] as const,
              ]
            : []),
          ...(route?.scopes.length ? [[t('apiKeys.scopes'), route.scopes.join(' ')] as const] : []),
          ...(route?.limit ? [[t('waiting.limit'), route.limit] as const] : []),
          ...(upstream ? [[t('gateway.service'), <bdi key="upstream">{upstream}</bdi>] as const] : []),
          ...(target ? [[t('gateway.target'), <code key="target">{target}</code>] as const] : []),
        ]}
      />
    </div>
  );
}
