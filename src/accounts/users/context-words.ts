/** Shorter words are in too many passwords that have nothing to do with them. */
const MIN_WORD = 3;
/** A password needs so many letters that are not of these words. */
const MIN_OTHER_LETTERS = 4;

/**
 * Whether a password is made of words that whoever guesses would try first, such as a person's name, with nothing but
 * digits, signs and a letter or two added (ASVS 6.2.11). Case and normal form do not matter.
 */
export function isMadeOf(password: string, texts: readonly string[]): boolean {
  const given = folded(password);
  const words = texts.map(folded).flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]);
  const longestFirst = [...new Set(words)]
    .filter((word) => [...word].length >= MIN_WORD)
    .toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((left, word) => left.replaceAll(word, ' '), given);
  return rest !== given && (rest.match(/\p{L}/gu)?.length ?? 0) < MIN_OTHER_LETTERS;
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
