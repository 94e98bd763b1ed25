import { useMemo, useState } from 'preact/hooks';
import { get } from '../api.js';
import { useData } from '../data.js';
import { query } from '../router.js';
import { settings } from '../settings.js';
import { t } from '../texts.js';
import { Filter, SearchField, Toolbar } from '../ui/filters.js';
import { Loaded, Page, Section, Tag } from '../ui/parts.js';
import { operationsOf, refusalOf, type Document, type Operation } from './api/operations.js';
import { GatewayTabs } from './gateway/gateway-tabs.js';
import { Try } from './api/try.js';

/** Every route of the API, who may call it, and whether one may oneself; each can be tried with one's own session. */
export default function Api() {
  const data = useData('openapi', () => get<Document>('/openapi.json'));
  const [open, setOpen] = useState<string>();
  return (
    <Page
      title={t('entry.api')}
      lead={t('api.lead')}
      actions={
        <a class="button" href="/docs">
          {t('api.docs')}
        </a>
      }
    >
      <GatewayTabs current={undefined} />
      <Toolbar>
        <SearchField name="search" label={t('api.search')} />
        <Filter
          name="verdict"
          label={t('api.mayI')}
          options={[
            ['', t('filter.any')],
            ['yes', t('filter.true')],
            ['no', t('filter.false')],
          ]}
        />
      </Toolbar>
      <Loaded data={data}>
        {(document) => <Catalogue document={document} open={open} onOpen={setOpen} />}
      </Loaded>
    </Page>
  );
}

interface CatalogueProps {
  document: Document;
  open: string | undefined;
  onOpen: (key: string | undefined) => void;
}

function Catalogue({ document, open, onOpen }: CatalogueProps) {
  const all = useMemo(() => operationsOf(document), [document]);
  const wanted = (query.value.get('search') ?? '').toLowerCase();
  const verdict = query.value.get('verdict');
  const found = all.filter(
    (each) =>
      `${each.method} ${each.path} ${each.summary} ${each.scopes.join(' ')}`.toLowerCase().includes(wanted) &&
      (!verdict || (refusalOf(each, settings) ? 'no' : 'yes') === verdict),
  );
  const tags = [...new Set(found.map(({ tag }) => tag))];
  if (found.length === 0) return <div class="empty">{t('api.none')}</div>;
  return (
    <>
      {tags.map((tag) => (
        <Section key={tag} title={tag}>
          <ul class="routes">
            {found
              .filter((each) => each.tag === tag)
              .map((each) => (
                <Route
                  key={each.key}
                  of={each}
                  document={document}
                  isOpen={open === each.key}
                  onOpen={() => onOpen(open === each.key ? undefined : each.key)}
                />
              ))}
          </ul>
        </Section>
      ))}
    </>
  );
}

interface RouteProps {
  of: Operation;
  document: Document;
  isOpen: boolean;
  onOpen: () => void;
}

function Route({ of: operation, document, isOpen, onOpen }: RouteProps) {
  const { method, path, summary } = operation;
  const refusal = refusalOf(operation, settings);
  return (
    <li>
      <button type="button" class="route" aria-expanded={isOpen} onClick={onOpen}>
        <span class={`method ${method.toLowerCase()}`}>{method}</span>
        <span class="what">
          <code>{path}</code>
          <span class="hint">{summary}</span>
        </span>
        <Tag tone={refusal ? 'bad' : 'good'}>{t(refusal ? 'api.no' : 'api.yes')}</Tag>
      </button>
      {isOpen && (
        <div class="opened">
          <p>
            {t('api.access')} <code>{operation.access}</code>
          </p>
          {refusal && (
            <p class="notice bad">
              {refusal.isForClients
                ? t('api.forClients')
                : t('api.missing', { scopes: refusal.missing.join(' ') })}
            </p>
          )}
          <Try operation={operation} document={document} />
        </div>
      )}
    </li>
  );
}
