import type { Speak } from '../../platform/texts/texts.types.js';
import type en from './texts/en.json';

/** The name of a text; what there is, is what the English file has. */
export type TextKey = keyof typeof en;

/** Gives the text of a key in the language of the page. `t('codes.left', { count: 3 })` */
export type Translate = Speak<TextKey>;
