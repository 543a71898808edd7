// Fits labels into charts without a browser: widths are estimated on the generous side, so that a label is rather cut
// a letter early than drawn across its neighbour.

/** A rectangle in a chart's own units. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const narrow = /[iljtfr.,:;'|!()[\]/ ]/;
const broad = /[mwMW@%]|[A-Z]/;

/** The estimated width of a text in a sans-serif of `size_px`. */
export function textWidth(text: string, size_px: number): number {
  let ems = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    ems += code > 0x2e80 ? 1.05 : narrow.test(char) ? 0.36 : broad.test(char) ? 0.8 : 0.6;
  }
  return ems * size_px;
}

/** The text, cut with an ellipsis to fit `room`; empty where fewer than four letters would be left. */
export function fitText(text: string, room: number, size_px: number): string {
  if (textWidth(text, size_px) <= room) return text;
  const chars = Array.from(text);
  while (chars.length > 4) {
    chars.pop();
    const cut = `${chars.join('').trimEnd()}…`;
    if (textWidth(cut, size_px) <= room) return cut;
  }
  return '';
}

/** Whether two boxes share any area. */
export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether `inner` lies within `outer`. */
export function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}
