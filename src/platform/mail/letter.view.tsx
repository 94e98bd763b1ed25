import { LOCALES } from '../texts/locales.js';
import type { Letter } from './mail.types.js';

/** Whose letter it is. */
export interface LetterBrand {
  name: string;
  /** `#rrggbb` */
  color: string;
}

const PAGE = 'margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif';
const SHEET = 'max-width:560px;margin:0 auto';
const PARAGRAPH = 'margin:0 0 16px;white-space:pre-line';

/** The one layout of letters: a column, no table, and nothing that a mail program would have to fetch. */
export function LetterView({ letter, brand }: { letter: Letter; brand: LetterBrand }) {
  const { locale = 'en', subject, before, link, after = [] } = letter;
  const direction = LOCALES.find(({ tag }) => tag === locale)?.direction;
  return (
    <html lang={locale} dir={direction}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body style={PAGE} dir={direction}>
        <div style={SHEET}>
          {brand.name !== '' && <p style={`${PARAGRAPH};font-weight:600`}>{brand.name}</p>}
          <Paragraphs texts={before} />
          {link && (
            <p style={PARAGRAPH}>
              <a href={link.url}>
                <span style={buttonOf(brand)}>{link.label}</span>
              </a>
            </p>
          )}
          <Paragraphs texts={after} />
        </div>
      </body>
    </html>
  );
}

function Paragraphs({ texts }: { texts: string[] }) {
  return texts.map((text) => (
    <p key={text} style={PARAGRAPH}>
      {text}
    </p>
  ));
}

function buttonOf({ color }: LetterBrand): string {
  return `display:inline-block;padding:10px 16px;border-radius:6px;background:${color};color:${inkOn(color)}`;
}

/** Black or white, by how light a colour looks (ITU-R BT.601). */
function inkOn(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) =>
    parseInt(color.slice(start, start + 2), 16),
  );
  return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? '#000000' : '#ffffff';
}
