import type { ProtectedResourceInfo } from '../../platform/access/protected-resources.js';
import { useTexts } from '../views/page-context.js';
import { textOfScope } from './scope-texts.js';

/** What is asked for at one resource. */
export interface Permissions {
  /** `undefined` for this server's own API. */
  resource: ProtectedResourceInfo | undefined;
  scopes: readonly string[];
}

interface PermissionsProps {
  permissions: readonly Permissions[];
  /** What the application would learn, shown next to the scope that says so. */
  user?: { email: string; name: string | null };
}

/** Scopes in plain words; those of other APIs, which have none, as they are called. */
export function PermissionList({ permissions, user }: PermissionsProps) {
  const t = useTexts();
  const about: Record<string, string | null | undefined> = { email: user?.email, profile: user?.name };
  return (
    <>
      {permissions.map(({ resource, scopes }) => (
        <section key={resource?.identifier ?? ''} class="permissions">
          {resource && (
            <h2>
              <bdi>{resource.name}</bdi> <bdi class="hint">{resource.identifier}</bdi>
            </h2>
          )}
          <ul>
            {scopes.map((scope) => {
              const text = textOfScope(scope, resource !== undefined);
              return (
                <li key={scope}>
                  {text ? t(text) : <code>{scope}</code>}
                  {about[scope] && (
                    <>
                      {' '}
                      <bdi class="hint">{about[scope]}</bdi>
                    </>
                  )}
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </>
  );
}
