/** Red, green and blue from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];
/** WCAG 2.2, 1.4.3: text of the usual size. */
export const READABLE = 4.5;

/** @param hex `#rrggbb` */
export function colourOf(hex: string): Colour {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16)) as unknown as Colour;
}

export function hexOf(colour: Colour): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** From 1, the same, to 21, black on white (WCAG 2.2). */
export function contrast(a: Colour, b: Colour): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** `share` of one colour and the rest of the other. */
export function mix(a: Colour, b: Colour, share: number): Colour {
  return a.map((part, position) => part * share + b[position]! * (1 - share)) as unknown as Colour;
}

/** White or black, whichever can be read better on this. */
export function inkOn(colour: Colour): Colour {
  return contrast(colour, WHITE) >= contrast(colour, BLACK) ? WHITE : BLACK;
}

/** The colour, moved towards the ink of the first surface until it can be read on all of them. */
export function readableOn(surfaces: readonly [Colour, ...Colour[]], colour: Colour): Colour {
  const ink = inkOn(surfaces[0]);
  for (let share = 1; share > 0; share -= 0.05) {
    const mixed = mix(colour, ink, share);
    if (surfaces.every((surface) => contrast(mixed, surface) >= READABLE)) return mixed;
  }
  return ink;
}

/** The colour, of the same hue and as strong, made lighter until it has this contrast on the surface. */
export function lightened(colour: Colour, surface: Colour, wanted: number): Colour {
  const [hue, saturation, lightness] = hslOf(colour);
  for (let each = lightness; each < 1; each += 0.02) {
    const lighter = colourOfHsl(hue, saturation * 0.75, each);
    if (contrast(lighter, surface) >= wanted) return lighter;
  }
  return WHITE;
}

/** Hue in degrees; saturation and lightness from 0 to 1. */
function hslOf(colour: Colour): [hue: number, saturation: number, lightness: number] {
  const [red, green, blue] = colour.map((part) => part / 255) as [number, number, number];
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  const lightness = most - range / 2;
  if (range === 0) return [0, 0, lightness];
  const sixths =
    most === red
      ? (green - blue) / range
      : most === green
        ? (blue - red) / range + 2
        : (red - green) / range + 4;
  return [(sixths * 60 + 360) % 360, range / (1 - Math.abs(2 * lightness - 1)), lightness];
}

/** CSS Color 4 §7.1. */
function colourOfHsl(hue: number, saturation: number, lightness: number): Colour {
  const part = (offset: number) => {
    const place = (offset + hue / 30) % 12;
    const reach = saturation * Math.min(lightness, 1 - lightness);
    return 255 * (lightness - reach * Math.max(-1, Math.min(place - 3, 9 - place, 1)));
  };
  return [part(0), part(8), part(4)];
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
