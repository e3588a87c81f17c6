// The six lines that show a title in a page of another site.

import { fileName, pageOf } from './site.js';

/** Six lines of HTML. */
export function linesFor(title) {
  return [
    '<iframe',
    '  src="' + escaped(pageOf(title)) + '?embed"',
    '  title="' + escaped(fileName(title).replace(/\s+/g, ' ')) + '"',
    '  width="640" height="360" style="border: 0; max-width: 100%"',
    '  allow="autoplay; fullscreen; picture-in-picture" allowfullscreen>',
    '</iframe>',
  ].join('\n');
}

/** Keeps the disclosure on the page up to date with what is shown. */
export class Embed {
  #lines = document.getElementById('lines');
  #copied = document.getElementById('copied');

  constructor() {
    document.getElementById('mixed').hidden = location.protocol === 'https:';
    document.getElementById('copy').addEventListener('click', () => this.#copy());
  }

  show(title) {
    this.#lines.textContent = linesFor(title);
    this.#copied.textContent = '';
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#lines.textContent);
      this.#copied.textContent = 'Copied.';
    } catch {
      // Without https there is no clipboard for pages: the lines are marked, a key copies them.
      const range = document.createRange();
      range.selectNodeContents(this.#lines);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      const done = document.execCommand('copy');
      this.#copied.textContent = done ? 'Copied.' : 'Marked: copy them with your keyboard.';
    }
  }
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (c) => '&#' + c.charCodeAt(0) + ';');
}
