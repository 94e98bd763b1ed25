import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { getAll, useData } from '../../data.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Confirm, Loaded, Table, Tag } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import { EditRoute } from './edit-route.js';
import type { ApiRoute, Resource } from './types.js';

interface RoutesProps {
  path: string;
  resource: Resource;
  /** Whether its routes can still be changed. */
  isOpen: boolean;
}
type Doing = { what: 'create' } | { what: 'edit' | 'remove'; of: ApiRoute };

/** The routes of a version, and who may call each. */
export function Routes({ path, resource, isOpen }: RoutesProps) {
  const data = useData(path, () => getAll<ApiRoute>(path));
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const isOffered = isOpen && may('gateway:write');
  return (
    <>
      <Loaded data={data}>
        {(routes) =>
          routes.length === 0 ? (
            <div class="empty">{t('gateway.noRoutes')}</div>
          ) : (
            <Table
              label={t('gateway.routes')}
              heads={[t('gateway.path'), t('gateway.access'), t('waiting.limit'), undefined]}
            >
              {routes.map((route) => (
                <tr key={route.id}>
                  <th scope="row">
                    <code>
                      {route.methods.join(' ')} {route.path}
                    </code>
                  </th>
                  <td class="names">{accessOf(route)}</td>
                  <td>{limitOf(route)}</td>
                  <td>
                    {isOffered && (
                      <div class="actions">
                        <button
                          type="button"
                          class="small"
                          onClick={() => setDoing({ what: 'edit', of: route })}
                        >
                          {t('action.edit')}
                        </button>
                        <button
                          type="button"
                          class="small danger"
                          onClick={() => setDoing({ what: 'remove', of: route })}
                        >
                          {t('users.remove')}
                        </button>
                      </div>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
      {isOffered && (
        <div class="actions">
          <button type="button" onClick={() => setDoing({ what: 'create' })}>
            {t('gateway.addRoute')}
          </button>
        </div>
      )}
      {doing?.what === 'create' && (
        <EditRoute path={path} resource={resource} onClose={close} onDone={data.reload} />
      )}
      {doing?.what === 'edit' && (
        <EditRoute
          of={doing.of}
          path={`${path}/${doing.of.id}`}
          resource={resource}
          onClose={close}
          onDone={data.reload}
        />
      )}
      {doing?.what === 'remove' && (
        <Confirm
          title={t('gateway.removeRouteTitle')}
          submit={t('users.remove')}
          onClose={close}
          act={async () => {
            await send('DELETE', `${path}/${doing.of.id}`);
            data.reload();
            say(t('gateway.saved'));
          }}
        >
          <p>{t('gateway.removeRouteText')}</p>
        </Confirm>
      )}
    </>
  );
}

function accessOf({ isPublic, scopes, roles }: ApiRoute) {
  if (isPublic) return <Tag tone="warn">{t('gateway.everyone')}</Tag>;
  const needed = [...scopes, ...(roles.length > 0 ? [t('rights.byRole', { roles: roles.join(' / ') })] : [])];
  return needed.length > 0 ? needed.join(', ') : t('gateway.anyToken');
}

const limitOf = ({ limit }: ApiRoute) =>
  limit ? t(`gateway.limit_${limit.per}`, { count: limit.requests }) : '–';
