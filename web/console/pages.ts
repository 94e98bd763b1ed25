import type { ComponentType } from 'preact';
import type { EntryName } from '../../src/web/console/console.types.js';
import Users from './pages/users.js';
import { settings } from './settings.js';

export interface PageProps {
  /** What the address names of it, such as the id of a user. */
  id: string;
}
type Loader = () => Promise<{ default: ComponentType<PageProps> }>;

const LISTS: Record<EntryName, Loader> = {
  overview: () => import('./pages/overview.js'),
  roles: () => import('./pages/roles.js'),
  keys: () => import('./pages/keys.js'),
  audit: () => import('./pages/audit.js'),
  applications: () => import('./pages/applications.js'),
  services: () => import('./pages/services.js'),
  api: () => import('./pages/api.js'),
  server: () => import('./pages/server.js'),
  // The page that most come for is there with the first file.
  users: () => Promise.resolve({ default: Users }),
};
const SINGLE: Partial<Record<EntryName, Loader>> = {
  users: () => import('./pages/users-one.js'),
  applications: () => import('./pages/applications-one.js'),
  services: () => import('./pages/services-one.js'),
  api: () => import('./pages/api-one.js'),
};
/** Those of modules of your own, by the name of their file. */
const EXTENSIONS = import.meta.glob<{ default: ComponentType<PageProps> }>('../features/*.tsx');

export interface Found {
  key: string;
  /** Which entry of the navigation it belongs to. */
  entry: string;
  id: string;
  load: Loader;
}

/** The page at this path of the console; `undefined` for one that there is not, or that the user may not see. */
export function pageAt(path: string): Found | undefined {
  const [, , name = settings.entries[0]!, id = '', ...more] = path.split('/').map(decodeURIComponent);
  if (more.length > 0) return undefined;
  if (name === 'x') return extension(id);
  const entry = settings.entries.find((each) => each === name);
  const load = entry && (id === '' ? LISTS : SINGLE)[entry];
  return load && { key: id === '' ? entry : `${entry}-one`, entry, id, load };
}

function extension(name: string): Found | undefined {
  const load = EXTENSIONS[`../features/${name}.tsx`];
  const isShown = settings.extensions.some((each) => each.name === name);
  return load && isShown ? { key: `x-${name}`, entry: `x/${name}`, id: '', load } : undefined;
}
