import {
  colourOf,
  contrast,
  hexOf,
  inkOn,
  lightened,
  mix,
  READABLE,
  readableOn,
  type Colour,
} from './colours.js';

/** The surfaces that the brand's colour stands on, as `web/styles/tokens.css` has them. */
const LIGHT = { surface: colourOf('#ffffff'), canvas: colourOf('#f4f5f7') };
const DARK = { surface: colourOf('#171a21'), canvas: colourOf('#0e1014') };
const WHITE: Colour = [255, 255, 255];

/** The custom properties that follow from the brand's colour, in a light and a dark surrounding. */
export function themeOf(hex: string): string {
  const light = shades(colourOf(hex), LIGHT);
  // What is dark enough for white paper is lost in the dark.
  const dark = shades(lightened(colourOf(hex), DARK.surface, 6.5), DARK);
  const lines = Object.keys(light).map(
    (name) => `  --${name}: light-dark(${hexOf(light[name]!)}, ${hexOf(dark[name]!)});\n`,
  );
  return `:root {\n${lines.join('')}}\n`;
}

/** How well the colour can be read on white, when that is too little; `undefined` when it is enough. */
export function tooLittleContrast(hex: string): number | undefined {
  const found = contrast(colourOf(hex), LIGHT.surface);
  return found < READABLE ? found : undefined;
}

function shades(brand: Colour, { surface, canvas }: typeof LIGHT): Record<string, Colour> {
  const ink = inkOn(brand);
  const soft = mix(brand, surface, 0.1);
  return {
    brand,
    'on-brand': ink,
    // Away from the ink, so that the text on it stays readable.
    'brand-hover': mix(brand, ink[0] === 255 ? [0, 0, 0] : WHITE, 0.88),
    'brand-text': readableOn([surface, canvas, soft], brand),
    'brand-soft': soft,
    'brand-line': mix(brand, surface, 0.35),
  };
}
