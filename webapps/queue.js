// The titles beside the one that is shown: those in the same directory, in order of their names.

import { beginningWith, directoryOf, fileName, isPlayable, isPlaylist, pageOf } from './site.js';

/** So many rows of the list are looked through. */
const ROWS = 2000;

export class Queue {
  #place = document.getElementById('queue');
  #rows = document.getElementById('beside');
  #buttons = [document.getElementById('previous'), document.getElementById('next')];
  #asking = new AbortController();
  #titles = [];
  #current = -1;
  #open;

  /**
   * @param open called with the title that is wanted
   */
  constructor(open) {
    this.#open = open;
    this.#buttons[0].addEventListener('click', () => this.turn(-1));
    this.#buttons[1].addEventListener('click', () => this.turn(1));
  }

  /** Shows what is beside that title; only asked where the list is open. */
  async show(title) {
    this.#asking.abort(); // only what is beside the latest title is waited for
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    if (this.#titles.includes(title)) {
      this.#mark(title);
      return;
    }
    this.#show([], title);
    const titles = await titlesIn(directoryOf(title), signal);
    if (!signal.aborted) {
      this.#show(titles, title);
    }
  }

  #show(titles, title) {
    this.#titles = titles;
    this.#rows.replaceChildren(...titles.map((one) => this.#row(one)));
    this.#mark(title);
  }

  #mark(title) {
    for (const anchor of this.#rows.querySelectorAll('a')) {
      if (anchor.dataset.title === title) {
        anchor.setAttribute('aria-current', 'page');
      } else {
        anchor.removeAttribute('aria-current');
      }
    }
    this.#current = this.#titles.indexOf(title);
    this.#place.hidden = this.#titles.length < 2;
    this.#buttons[0].hidden = !this.#at(-1);
    this.#buttons[1].hidden = !this.#at(1);
  }

  /** To the title before (-1) or after (1) the one that is shown, if there is one. */
  turn(step) {
    const title = this.#at(step);
    if (title) {
      this.#open(title);
    }
  }

  #at(step) {
    return this.#current < 0 ? undefined : this.#titles[this.#current + step];
  }

  #row(title) {
    const anchor = document.createElement('a');
    anchor.href = pageOf(title);
    anchor.dataset.title = title;
    anchor.textContent = fileName(title);
    anchor.addEventListener('click', (event) => {
      if (event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault(); // no page is loaded: the picture is replaced
        this.#open(title);
      }
    });
    const item = document.createElement('li');
    item.append(anchor);
    return item;
  }
}

async function titlesIn(directory, signal) {
  const found = [];
  for await (const entry of beginningWith(directory, ROWS, signal)) {
    if (isPlayable(entry.type) && directoryOf(entry.name) === directory) {
      found.push(entry);
    }
  }
  const streams = found.some((entry) => isPlaylist(entry.type));
  return found.filter((entry) => !(streams && entry.type === 'video/mp2t'))
    .map((entry) => entry.name);
}
