import { useData, useGet } from '../../data.js';
import { get, type Paged } from '../../api.js';
import { t } from '../../texts.js';
import { Loaded, Section, Table, Tag, Time } from '../../ui/parts.js';

interface Node {
  id: string;
  seenUntil: string;
  isThis: boolean;
}

/** Whether the server can serve, and which nodes serve next to this one. */
export function Health() {
  const ready = useData('ready', () => get<Record<string, string>>('/health/ready'));
  const nodes = useGet<Paged<Node>>('/v1/nodes');
  return (
    <>
      <Section
        title={t('server.ready')}
        actions={
          <button type="button" class="small" onClick={ready.reload}>
            {t('server.again')}
          </button>
        }
      >
        <Loaded data={ready}>
          {(found) => (
            <ul class="states">
              {Object.entries(found).map(([name, state]) => (
                <li key={name}>
                  <span>{name}</span> <Tag tone={state === 'ok' ? 'good' : 'bad'}>{state}</Tag>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Section>
      <Section title={t('server.nodes')}>
        <Loaded data={nodes}>
          {({ items }) => (
            <Table label={t('server.nodes')} heads={[t('server.node'), t('server.seen')]}>
              {items.map(({ id, seenUntil, isThis }) => (
                <tr key={id}>
                  <th scope="row">
                    <code>{id}</code> {isThis && <Tag tone="good">{t('server.isThis')}</Tag>}
                  </th>
                  <td>
                    <Time at={seenUntil} />
                  </td>
                </tr>
              ))}
            </Table>
          )}
        </Loaded>
      </Section>
    </>
  );
}
