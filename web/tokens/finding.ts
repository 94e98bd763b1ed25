import { isJson, textIn, type Json } from './json.js';

/** A token in a longer text, and by which name it stood there: `access_token`, `Authorization`, a cookie's name. */
export interface Found {
  token: string;
  label: string | undefined;
}

/** What `{` and a quote or white space begin with in base64, the parts after it, and `~` with the disclosures of an SD-JWT (RFC 9901 §4). */
const TOKEN =
  /(?<![\w.-])(?:[a-z]{2,6}_)?((?:ey[A-DI-L]|ew[k-r0-3])[\w+/=-]+(?:\.[\w+/=-]*){1,4}(?:~[\w+/=.-]*)*)/g;
/** The name before a value: `"name": "`, `name=`, `Name: Bearer `. */
const LABEL = /(?:["']?([\w.-]{1,60})["']?\s*[=:]\s*["']?)?(?:(Bearer|DPoP|Token|JWT)\s+)?["']?$/i;
const BEGINNING = /^(?:[a-z]{2,6}_)?(?:ey[A-DI-L]|ew[k-r0-3])/;
/** What mail programs and terminals put between the lines of a wrapped token. */
const WRAP = /\\?\r?\n[>|\s]*/;
/** Nothing but what tokens are made of, and white space. */
const ONLY_TOKEN = /^[\w+/=.~\s>\\-]+$/;
const LOOKBACK = 100;

/** Every token in a pasted text: a header, a cookie, a curl command, a URL, a log line, JSON, wrapped lines. */
export function findTokens(pasted: string): Found[] {
  const text = pasted.trim();
  if (text === '') return [];
  const serialized = ofJsonSerialization(text);
  if (serialized.length > 0) return serialized;
  const unwrapped = ONLY_TOKEN.test(text) ? unwrap(text) : text;
  const found = [...tokensIn(unwrapped), ...tokensIn(decodedUrl(unwrapped))];
  const tokens = new Set(found.map(({ token }) => token));
  if (tokens.size > 0) return [...tokens].map((token) => found.find((each) => each.token === token)!);
  // A refresh token, or a token that is broken from its first character on.
  return [{ token: unwrapped.replace(/^bearer\s+/i, '').replaceAll(/^["']|["']$/g, ''), label: undefined }];
}

/** Joins lines, but not where a whole token ends and another begins. */
function unwrap(text: string): string {
  let joined = '';
  let dots = 0;
  for (const line of text.split(WRAP)) {
    if (dots >= 2 && BEGINNING.test(line)) {
      joined += '\n';
      dots = 0;
    }
    joined += line;
    dots += line.split('.').length - 1;
  }
  return joined;
}

function tokensIn(text: string): Found[] {
  return Array.from(text.matchAll(TOKEN), (match) => {
    const before = text.slice(Math.max(0, match.index - LOOKBACK), match.index);
    const [, name, scheme] = LABEL.exec(before) ?? [];
    // A sentence ends with a dot that is no part of the token.
    const token = match[1]!.replace(/(?<=\..*\..+)\.$/, '');
    return { token, label: name ?? scheme };
  });
}

/** In a URL that is a parameter of another, dots and tildes may be escaped. */
function decodedUrl(text: string): string {
  if (!/%(?:2E|7E|3D|2B|2F)/i.test(text)) return '';
  return text.replaceAll(/%(2E|7E|3D|2B|2F|26|3F|23|20|22|7B|7D|3A|2C)/gi, (escaped) =>
    decodeURIComponent(escaped),
  );
}

/** RFC 7515 §7.2: a token as a JSON object, general or flattened, comes as one compact token for each signature. */
function ofJsonSerialization(text: string): Found[] {
  const object = objectOf(text);
  const payload = textIn(object, 'payload');
  if (object === undefined || payload === undefined) return [];
  const signatures = Array.isArray(object['signatures']) ? object['signatures'].filter(isJson) : [object];
  return signatures.flatMap((each, position) => {
    const head = textIn(each, 'protected');
    const signature = textIn(each, 'signature');
    if (head === undefined || signature === undefined) return [];
    const label = signatures.length > 1 ? `signatures[${position}]` : undefined;
    return [{ token: `${head}.${payload}.${signature}`, label }];
  });
}

function objectOf(text: string): Json | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
