import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import type { Role, Scope } from '../../types.js';
import { isGiven, toggled, type Draft } from './draft.js';

/** The administrator's role has every scope, also those to come. */
const HAS_ALL = 'admin';

interface MatrixProps {
  roles: Role[];
  scopes: Scope[];
  draft: Signal<Draft>;
  onShow: (role: Role) => void;
}

/** Scopes by roles. The arrow keys go from box to box, Home and End to the ends of a row, with Ctrl to the corners. */
export function Matrix({ roles, scopes, draft, onShow }: MatrixProps) {
  const grid = useRef<HTMLTableElement>(null);
  const at = useRef({ row: 0, column: 0 });
  const boxAt = (row: number, column: number) =>
    grid.current?.querySelector<HTMLInputElement>(`[data-at="${row}.${column}"]`);

  const move = (row: number, column: number) => {
    const next = boxAt(row, column);
    if (!next) return;
    boxAt(at.current.row, at.current.column)?.setAttribute('tabindex', '-1');
    at.current = { row, column };
    next.setAttribute('tabindex', '0');
    next.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { row, column } = at.current;
    const [lastRow, lastColumn] = [scopes.length - 1, roles.length - 1];
    const isRight = getComputedStyle(grid.current!).direction === 'rtl' ? -1 : 1;
    const target = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - isRight],
      ArrowRight: [row, column + isRight],
      Home: [event.ctrlKey ? 0 : row, 0],
      End: [event.ctrlKey ? lastRow : row, lastColumn],
    }[event.key];
    if (!target || !(event.target as HTMLElement).dataset['at']) return;
    event.preventDefault();
    move(target[0]!, target[1]!);
  };

  return (
    <div class="table matrix" role="region" aria-label={t('roles.matrix')} tabIndex={0}>
      <table ref={grid} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            <th scope="col">{t('rights.scope')}</th>
            {roles.map((role) => (
              <th key={role.name} scope="col">
                <button type="button" class="quiet small" onClick={() => onShow(role)}>
                  {role.name}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {scopes.map(({ name, routes }, row) => (
            <tr key={name}>
              <th scope="row" title={routes.map(({ method, path }) => `${method} ${path}`).join('\n')}>
                <code>{name}</code>
              </th>
              {roles.map((role, column) => {
                const isOn = isGiven(draft.value, role, name);
                const isChanged = isOn !== role.scopes.includes(name);
                return (
                  <td key={role.name} class={isChanged ? (isOn ? 'added' : 'removed') : undefined}>
                    <input
                      type="checkbox"
                      aria-label={t('roles.cell', { role: role.name, scope: name })}
                      data-at={`${row}.${column}`}
                      tabIndex={row === at.current.row && column === at.current.column ? 0 : -1}
                      checked={isOn}
                      aria-disabled={role.name === HAS_ALL || !may('roles:write')}
                      onFocus={() => (at.current = { row, column })}
                      onClick={(event) => {
                        if (role.name !== HAS_ALL && may('roles:write'))
                          draft.value = toggled(draft.value, role, name);
                        else event.preventDefault();
                      }}
                    />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
