/** Shorter words are in too many passwords that have nothing to do with them. */
const MIN_WORD = 3;
/** Years and the numbers of domains such as `163.com` stand in random digits by chance. */
const MIN_NUMBER = 5;
/** A password needs so many letters that are not of these words, */
const MIN_OTHER_LETTERS = 4;
/** or so many characters of any kind: one more than a date such as `31.12.1999`. */
const MIN_OTHER_CHARACTERS = 11;

/**
 * Whether a password is made of words that an attacker would guess first, such as a person's name, with nothing but a date,
 * a few signs and a letter or two added (ASVS 6.2.11). Case and normal form do not matter.
 */
export function isMadeOf(password: string, texts: readonly string[]): boolean {
  const given = folded(password);
  const longestFirst = [...new Set(texts.map(folded).flatMap(wordsOf))]
    .filter((word) => [...word].length >= (/^\p{N}+$/u.test(word) ? MIN_NUMBER : MIN_WORD))
    .toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((left, word) => left.replaceAll(word, ' '), given);
  if (rest === given) return false;
  const letters = rest.match(/\p{L}/gu)?.length ?? 0;
  const characters = rest.match(/\S/gu)?.length ?? 0;
  return letters < MIN_OTHER_LETTERS && characters < MIN_OTHER_CHARACTERS;
}

/** The whole text and each word of it; the top-level domain of an address says nothing of a person. */
function wordsOf(text: string): string[] {
  const [name = '', domain = ''] = text.split('@');
  return [text, ...`${name} ${domain.replace(/\.[^.]*$/, '')}`.split(/[^\p{L}\p{N}]+/u)];
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
