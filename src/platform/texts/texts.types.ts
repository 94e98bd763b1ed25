/** A text, or its forms by the plural category of `count` (`Intl.PluralRules`). */
export type TextForms = string | Partial<Record<Intl.LDMLPluralRule, string>>;

/** What stands in the places of a text, such as `{name}`. */
export type TextValues = Record<string, string | number>;

/** Every text of one language by its key. */
export type Catalogue<Key extends string = string> = Record<Key, TextForms>;

/** Gives the text of a key in one language. `speak('codes.left', { count: 3 })` */
export type Speak<Key extends string = string> = (key: Key, values?: TextValues) => string;
