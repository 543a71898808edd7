// Text from outside, made safe to print: a line of a log stays one line, a terminal gets no commands, and text
// that runs right to left cannot pose as something else. For display only: it cannot be turned back, and stored
// values keep their text as it was.

// Controls (C0, DEL, C1), lone surrogates, line and paragraph separators, and marks that turn the direction.
const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text for a log or a terminal, with line breaks, control sequences, direction marks and lone surrogates escaped
 * (`\n`, `\x1b`, `\u202e`) and whatever is too long cut off with an ellipsis. Never cuts a character or an escape
 * in half, and reads no more than it shows.
 *
 * @param maxChars - Length of the result in UTF-16 units, the ellipsis included; default 200, at least 1.
 */
export function printable(text: string, maxChars = 200): string {
  if (text.length <= maxChars && !unsafe.test(text)) return text;
  let shown = '';
  let fitting = 0; // how much of `shown` leaves room for an ellipsis
  for (const character of text) {
    const piece = unsafe.test(character) ? escaped(character) : character;
    if (shown.length + piece.length > maxChars) return `${shown.slice(0, fitting)}…`;
    shown += piece;
    if (shown.length < maxChars) fitting = shown.length;
  }
  return shown;
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return shortForms[character] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
