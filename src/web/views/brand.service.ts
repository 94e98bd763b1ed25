import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { Settings } from '../../platform/config/settings.js';
import { StartupError } from '../../platform/config/startup.error.js';
import { colourOf, hexOf, inkOn } from './colours.js';
import { themeOf, tooLittleContrast } from './theme.js';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

/** A file of the brand as it is served. */
export interface BrandFile {
  url: string;
  type: string;
  bytes: Buffer;
}

/** A link at the foot of each page. */
export interface BrandLink {
  kind: 'terms' | 'privacy' | 'support';
  url: string;
}

/** What the operator made the pages look like, read at start: a change needs a restart and no build. */
@Injectable()
export class BrandService implements OnApplicationBootstrap {
  private readonly log = new Logger('Brand');
  readonly name: string;
  readonly theme: BrandFile;
  readonly icon: BrandFile;
  readonly custom: BrandFile | undefined;
  readonly logo: BrandFile | undefined;
  readonly darkLogo: BrandFile | undefined;
  readonly links: BrandLink[];
  private readonly files: Map<string, BrandFile>;

  /** @throws StartupError for a file that is not there or of another type */
  constructor(private readonly settings: Settings) {
    const { BRAND_COLOR, BRAND_CSS, BRAND_LOGO, BRAND_LOGO_DARK, BRAND_LINKS } = settings;
    this.name = settings.BRAND_NAME || settings.APP_NAME;
    this.theme = hashed('theme', '.css', Buffer.from(themeOf(BRAND_COLOR)));
    this.icon = hashed('icon', '.svg', Buffer.from(iconOf(BRAND_COLOR)));
    this.custom = BRAND_CSS ? read('BRAND_CSS', 'custom', BRAND_CSS, ['.css']) : undefined;
    const images = ['.svg', '.png', '.jpg', '.webp'];
    this.logo = BRAND_LOGO ? read('BRAND_LOGO', 'logo', BRAND_LOGO, images) : undefined;
    this.darkLogo = BRAND_LOGO_DARK
      ? read('BRAND_LOGO_DARK', 'logo-dark', BRAND_LOGO_DARK, images)
      : undefined;
    this.links = BRAND_LINKS.map(linkOf);
    const all = [this.theme, this.icon, this.custom, this.logo, this.darkLogo].filter(
      (file) => file !== undefined,
    );
    this.files = new Map(all.map((file) => [file.url, file]));
  }

  onApplicationBootstrap(): void {
    const found = tooLittleContrast(this.settings.BRAND_COLOR);
    if (found === undefined) return;
    this.log.warn(
      `BRAND_COLOR has a contrast of ${found.toFixed(1)} on white; text needs 4.5, so a darker shade stands in for it there`,
    );
  }

  file(url: string): BrandFile | undefined {
    return this.files.get(url);
  }
}

/** The mark on the brand's colour, for the tab. */
function iconOf(colour: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${colour}"/><path d="M7 26V15a9 9 0 0 1 18 0v11h-5V15a4 4 0 0 0-8 0v11z" fill="${hexOf(inkOn(colourOf(colour)))}"/></svg>`;
}

function linkOf(text: string): BrandLink {
  const [kind, ...url] = text.split('=');
  return { kind: kind as BrandLink['kind'], url: url.join('=') };
}

/** @throws StartupError */
function read(setting: string, name: string, path: string, allowed: string[]): BrandFile {
  const type = extname(path).toLowerCase().replace('.jpeg', '.jpg');
  if (!allowed.includes(type))
    throw new StartupError([`${setting}: ${path} must end with ${allowed.join(', ')}`]);
  try {
    return hashed(name, type, readFileSync(path));
  } catch (error) {
    throw new StartupError([`${setting}: ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`]);
  }
}

function hashed(name: string, type: string, bytes: Buffer): BrandFile {
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 8);
  return { url: `/brand/${name}.${hash}${type}`, type: TYPES[type]!, bytes };
}
