import { usePages } from '../../data.js';
import { t } from '../../texts.js';
import { List, Tag, Time } from '../../ui/parts.js';
import type { Resource } from './types.js';

/** The APIs that the gateway can serve; each leads to its versions. */
export function GatewayApis() {
  const pages = usePages<Resource>('/v1/resources', {});
  return (
    <List
      pages={pages}
      label={t('gateway.versions')}
      empty={t('gateway.noApis')}
      heads={[t('apps.name'), t('resources.stage'), t('resources.changed')]}
      row={({ id, name, identifier, status, updatedAt }) => (
        <tr key={id}>
          <th scope="row">
            <a href={`/console/api/${id}`}>
              <bdi>{name}</bdi>
            </a>
            <span class="hint">
              <code>{identifier}</code>
            </span>
          </th>
          <td>
            <Tag tone={status === 'published' ? 'good' : undefined}>{t(`resources.${status}`)}</Tag>
          </td>
          <td>
            <Time at={updatedAt} />
          </td>
        </tr>
      )}
    />
  );
}
