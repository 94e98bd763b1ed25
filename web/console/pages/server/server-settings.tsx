import type { Paged } from '../../api.js';
import { useGet } from '../../data.js';
import { query } from '../../router.js';
import { t } from '../../texts.js';
import { Filter, SearchField, Toolbar } from '../../ui/filters.js';
import { Loaded, Table, Tag } from '../../ui/parts.js';
import { BrandPreview } from './brand.js';

interface Setting {
  name: string;
  value: string | number | string[] | null;
  isSecret: boolean;
  isSet: boolean;
  source: 'variable' | 'file' | 'default';
  file: string | null;
  allowed: string;
}

const SOURCES = ['', 'variable', 'file', 'default'] as const;

/** What the server was started with, and what said so. Secrets are never shown. */
export function ServerSettings() {
  const data = useGet<Paged<Setting>>('/v1/settings?limit=100');
  const wanted = (query.value.get('name') ?? '').toUpperCase();
  const source = query.value.get('source') ?? '';
  return (
    <>
      <Toolbar>
        <SearchField name="name" label={t('settings.search')} />
        <Filter
          name="source"
          label={t('settings.source')}
          options={SOURCES.map((each) => [each, t(`settings.${each || 'anySource'}`)])}
        />
      </Toolbar>
      <Loaded data={data}>
        {({ items }) => (
          <Table
            label={t('server.settings')}
            heads={[t('settings.name'), t('settings.value'), t('settings.source'), t('settings.allowed')]}
          >
            {items
              .filter((each) => each.name.includes(wanted) && (!source || each.source === source))
              .map((each) => (
                <tr key={each.name}>
                  <th scope="row">
                    <code>{each.name}</code>
                  </th>
                  <td class="names">
                    <Value of={each} />
                  </td>
                  <td>
                    <Tag tone={each.source === 'default' ? undefined : 'good'}>
                      {t(`settings.${each.source}`)}
                    </Tag>
                    {each.file && <span class="hint"> {each.file}</span>}
                  </td>
                  <td class="names hint">{each.allowed}</td>
                </tr>
              ))}
          </Table>
        )}
      </Loaded>
      <BrandPreview />
    </>
  );
}

function Value({ of: { value, isSecret, isSet } }: { of: Setting }) {
  if (isSecret) return <em>{t(isSet ? 'settings.isSet' : 'settings.isNotSet')}</em>;
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return <>–</>;
  return <code>{Array.isArray(value) ? value.join(', ') : String(value)}</code>;
}
