// The stage: shows one title at a time, whatever it is, and goes on after failures.
//
// A title's life: asked for (its type is learnt, or why it cannot be had) → on (its element has a
// source) ⇄ failed (asked for again, with growing pauses) → left (another title, or the page goes).

import { release } from './captions.js';
import { addressOf, fileName, isPlaylist } from './site.js';
import { position, remember } from './memory.js';
import { sourceFor } from './source.js';

/** Pauses before the next attempt, in milliseconds; the last one for all that follow. */
const PAUSES = [0, 500, 1000, 2000, 4000, 8000];

/** A medium that wants to play and gets nothing for so long is begun anew, in milliseconds. */
const STILL = 15000;

/** An answer is waited for so long, in milliseconds: a node itself says 504 after 10 s. */
const ANSWER = 20000;

const REMEMBER_EVERY = 2000;

/**
 * Events: 'shown' (the element is there), 'resumed' (detail: seconds), 'notice' (detail: what
 * happens, '' for nothing).
 */
export class Stage extends EventTarget {
  #place;
  #title = null;
  #media = null;
  #source = null;
  #leaving = new AbortController();
  #attempts = 0;
  #failing = false;
  #at = 0;
  #wanted = false;

  constructor(place) {
    super();
    this.#place = place;
    for (const event of ['pagehide', 'visibilitychange']) {
      addEventListener(event, () => this.#remember(), true);
    }
  }

  get title() {
    return this.#title;
  }

  /** The video or audio element, or null. */
  get media() {
    return this.#media;
  }

  /** Aborted once what is shown now is left, or cannot be shown. */
  get signal() {
    return this.#leaving.signal;
  }

  /**
   * Shows a title.
   *
   * @param play whether it begins by itself
   */
  async show(title, play) {
    this.#leave();
    this.#title = title;
    this.#at = position(title);
    this.#wanted = play;
    const { signal } = this.#leaving;
    this.#notice('');
    const type = await this.#typeOf(title, signal);
    if (signal.aborted || type === null) {
      return;
    }
    const element = await this.#element(title, type, signal);
    if (signal.aborted) {
      return;
    }
    this.#place.replaceChildren(element);
    this.#emit('shown');
  }

  /** To the beginning. */
  restart() {
    this.#at = 0;
    if (this.#media) {
      this.#media.currentTime = 0;
    }
  }

  #leave() {
    this.#remember();
    this.#end();
    this.#leaving = new AbortController();
    this.#attempts = 0;
    this.#failing = false;
    this.#place.replaceChildren();
  }

  /** Ends what is on its way for the element, and lets go of what it has. */
  #end() {
    this.#leaving.abort();
    this.#source?.end();
    this.#source = null;
    release(this.#media?.querySelectorAll('track') ?? []);
    this.#media = null;
  }

  /** Asks until there is an answer that stays: the type, or null after a word of why not. */
  async #typeOf(title, signal) {
    for (let attempt = 1; !signal.aborted; attempt++) {
      const answer = await ask(addressOf(title), signal);
      if (signal.aborted) {
        return null;
      }
      if (answer.type !== undefined) {
        this.#notice('');
        return answer.type;
      }
      this.#notice(answer.words);
      if (!answer.again) {
        return null;
      }
      await pause(answer.again === true ? pauseOf(attempt + 1) : answer.again * 1000, signal);
    }
    return null;
  }

  /** The element that shows it; null if it is left before there is one. */
  async #element(title, type, signal) {
    if (type.startsWith('image/')) {
      const image = new Image();
      image.src = addressOf(title);
      image.alt = fileName(title);
      return image;
    }
    if (!/^(video|audio)\//.test(type) && !isPlaylist(type)) {
      return link(title, 'This is no film. You can ');
    }
    const media = document.createElement(
      type.startsWith('audio/') && !isPlaylist(type) ? 'audio' : 'video');
    media.controls = true;
    media.playsInline = true;
    media.preload = 'metadata';
    media.autoplay = this.#wanted;
    media.setAttribute('aria-label', fileName(title));
    this.#media = media;
    this.#watch(media, signal);
    const source = await sourceFor(
      media, addressOf(title), type, (failure) => this.#failed(failure, signal));
    if (signal.aborted) {
      source.end();
      return null;
    }
    this.#source = source;
    if (this.#at > 0) {
      this.#emit('resumed', this.#at);
    }
    source.begin(this.#at);
    return media;
  }

  /** Knows where the medium is and whether it is wanted, so that it can be begun anew there. */
  #watch(media, signal) {
    let saved = 0;
    let moved = performance.now();
    const on = (event, then) => media.addEventListener(event, then, { signal });
    on('timeupdate', () => {
      if (this.#failing || media.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
        return;
      }
      if (media.currentTime !== this.#at) {
        moved = performance.now();
      }
      if (media.currentTime > this.#at && !media.seeking && this.#attempts > 0) {
        this.#attempts = 0;
        this.#notice('');
      }
      this.#at = media.currentTime;
      if (performance.now() - saved > REMEMBER_EVERY) {
        saved = performance.now();
        this.#remember();
      }
    });
    on('seeking', () => {
      if (!this.#failing && media.readyState > HTMLMediaElement.HAVE_NOTHING) {
        this.#at = media.currentTime;
      }
    });
    on('ratechange', () => {
      if (!this.#failing) {
        media.defaultPlaybackRate = media.playbackRate; // kept when it is begun anew
      }
    });
    on('progress', () => { moved = performance.now(); });
    on('play', () => { this.#wanted = true; moved = performance.now(); });
    on('pause', () => {
      if (!this.#failing && !media.error) {
        this.#wanted = false;
        this.#remember();
      }
    });
    on('loadeddata', () => {
      if (!this.#wanted) {
        this.#attempts = 0;
        this.#notice('');
      }
    });
    on('ended', () => this.#remember());
    const timer = setInterval(() => {
      const waits = this.#wanted && !media.paused && !media.ended
        && media.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
      if (!waits || this.#failing) {
        moved = performance.now();
      } else if (performance.now() - moved > STILL) {
        this.#failed({ fatal: false }, signal);
      }
    }, 1000);
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  /** Begins the medium anew where it was. The browser resolves the node's name again for that. */
  async #failed({ fatal }, signal) {
    if (this.#failing || signal.aborted) {
      return;
    }
    this.#failing = true;
    this.#attempts++;
    if (fatal && this.#attempts > 2) {
      this.#end();
      this.#place.replaceChildren(link(this.#title, 'This browser cannot play it. You can '));
      this.#emit('shown');
      return;
    }
    this.#notice('The connection was lost. Going on at another node, or as soon as there is one …');
    await pause(pauseOf(this.#attempts), signal);
    const type = await this.#typeOf(this.#title, signal);
    if (signal.aborted || type === null) {
      return; // left, or the title is gone: the notice says so
    }
    this.#notice('Going on …');
    this.#source.begin(this.#at);
    this.#failing = false;
    if (this.#wanted) {
      this.#media.play().catch(() => {
        // The browser wants a hand for it: the controls are there.
      });
    }
  }

  #remember() {
    if (this.#media && Number.isFinite(this.#media.duration)) {
      remember(this.#title, this.#media.ended ? 0 : this.#at, this.#media.duration);
    }
  }

  #notice(words) {
    this.#emit('notice', words);
  }

  #emit(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }
}

/**
 * Asks for a title's first byte: {type}, or {words, again}: what is the matter, and after how many
 * seconds to ask again (0: never, true: as one likes).
 */
async function ask(address, signal) {
  const limit = new AbortController();
  const end = () => limit.abort();
  const timer = setTimeout(end, ANSWER);
  signal.addEventListener('abort', end);
  try {
    const response = await fetch(address, {
      headers: { Range: 'bytes=0-0' },
      cache: 'no-store',
      signal: limit.signal,
    });
    // 416: it is empty.
    if (response.ok || response.status === 416) {
      await response.arrayBuffer();
      return { type: response.headers.get('Content-Type') ?? '' };
    }
    const text = (await response.text()).trim();
    if (response.status === 404) {
      return { words: 'There is no title of this name here.', again: 0 };
    }
    if (response.status === 503) {
      const seconds = Number(response.headers.get('Retry-After'));
      return { words: text + ' Trying again …', again: seconds > 0 ? Math.min(seconds, 60) : true };
    }
    if (response.status >= 500) {
      return { words: text + ' Trying again …', again: true };
    }
    return { words: text, again: 0 };
  } catch {
    return { words: 'No node answers. Trying again …', again: true };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

function pauseOf(attempt) {
  return PAUSES[Math.min(attempt - 1, PAUSES.length - 1)];
}

/** Lets time go by, unless the title is left before. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** What to do with a title that no browser shows. */
function link(title, before) {
  const anchor = document.createElement('a');
  anchor.href = addressOf(title);
  anchor.download = '';
  anchor.textContent = 'save the file';
  const text = document.createElement('p');
  text.append(before, anchor, ', or open its address in a player such as VLC or mpv: ',
    addressOf(title));
  return text;
}
