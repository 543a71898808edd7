// Makes text harmless in HTML. File names and comments come from strangers: besides markup, control characters and
// direction overrides (which make a name read differently from what it is) are shown as what they are.

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that are invisible or turn the text around them. */
const deceptive = /[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Shows invisible and direction-changing characters as `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(deceptive, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}

/** Escapes text for an element's content and for a quoted attribute. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (char) => entities[char] ?? '');
}
