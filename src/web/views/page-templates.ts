import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../../platform/config/startup.error.js';
import { LOCALES } from '../../platform/texts/locales.js';

/** What is put in the places of a template: parts of a page, as HTML. */
export interface PageParts {
  /** The logo, or the mark and the name. */
  brand: string;
  title: string;
  /** What the page is about, with its forms. */
  content: string;
  /** Languages, colours and the links of the operator. */
  menu: string;
}

const NAMES: readonly string[] = ['brand', 'title', 'content', 'menu'] satisfies (keyof PageParts)[];
const PLACE = /\{\{([\s\S]*?)\}\}/g;
/** What the policy of pages has browsers ignore, so that an operator learns why it has no effect. */
const BLOCKED = /<script\b|\sstyle\s*=|\son[a-z]+\s*=|<style\b/i;
const LOCALIZED = /^(.+)\.([\w-]+)\.html$/;

/** An operator's own templates, by the path of the page, and by path and language: `/login`, `/login de`. */
export type PageTemplates = ReadonlyMap<string, string>;

/** @throws StartupError with a line for each thing that is wrong */
export function templatesIn(folder: string): PageTemplates {
  const found = new Map<string, string>();
  const problems: string[] = [];
  for (const name of filesIn(folder)) {
    const { source, flaws } = readIn(join(folder, name));
    problems.push(...flaws.map((flaw) => `${join(folder, name)}: ${flaw}`));
    found.set(keyOf(name), source);
  }
  if (problems.length > 0) throw new StartupError(problems.map((each) => `WEB_TEMPLATES: ${each}`));
  return found;
}

/** The template with its places filled. */
export function filled(template: string, parts: PageParts): string {
  return template.replaceAll(PLACE, (_, name: string) => parts[name.trim() as keyof PageParts]);
}

/** Without hidden ones, such as those by which Kubernetes changes a folder in one step. @throws StartupError */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (each) => each.endsWith('.html') && !each.split(/[\\/]/).some((part) => part.startsWith('.')),
    );
  } catch {
    throw new StartupError([`WEB_TEMPLATES: there is no folder ${folder}`]);
  }
}

function readIn(file: string): { source: string; flaws: string[] } {
  try {
    const source = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    return { source, flaws: flawsOf(source) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { source: '', flaws: [code === 'EISDIR' ? 'it is a folder' : `it cannot be read (${code})`] };
  }
}

/** `account/profile.de.html` is that of `/account/profile` in German. */
function keyOf(name: string): string {
  const path = `/${name.replaceAll('\\', '/')}`;
  const [, page, tag] = LOCALIZED.exec(path) ?? [];
  return LOCALES.some((locale) => locale.tag === tag) ? `${page} ${tag}` : path.replace(/\.html$/, '');
}

function flawsOf(source: string): string[] {
  const places = [...source.matchAll(PLACE)].map(([, name]) => name!.trim());
  const unknown = places.find((name) => !NAMES.includes(name));
  const blocked = BLOCKED.exec(source)?.[0].trim();
  return [
    ...(unknown === undefined ? [] : [`there is no place {{${unknown}}}; there are ${NAMES.join(', ')}`]),
    ...(places.filter((name) => name === 'content').length === 1
      ? []
      : ['{{content}} must stand in it once']),
    ...(blocked === undefined
      ? []
      : [`browsers ignore ${blocked} in pages, by their policy; use BRAND_CSS for styles`]),
  ];
}
