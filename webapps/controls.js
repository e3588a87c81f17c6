// The player's buttons, keys and taps. All act on what the stage shows at that moment.

import { rememberCaptions } from './memory.js';

/** Two taps within this time are one wish, in milliseconds. */
const DOUBLE_TAP = 350;

/** What a button says in its own words is its own business. */
const OWN_KEYS = 'input, textarea, select, button, summary, a, dialog';

export class Controls {
  #stage;
  #turn;
  #parts = Object.fromEntries(
    ['controls', 'play', 'back', 'forward', 'captions', 'fullscreen', 'help', 'keys', 'stage']
      .map((id) => [id, document.getElementById(id)]));

  /**
   * @param turn called with -1 or 1: to the title before or after this one
   */
  constructor(stage, turn) {
    this.#stage = stage;
    this.#turn = turn;
    const { play, back, forward, captions, fullscreen, help } = this.#parts;
    play.addEventListener('click', () => this.#toggle());
    back.addEventListener('click', () => this.#skip(-10));
    forward.addEventListener('click', () => this.#skip(10));
    captions.addEventListener('click', () => this.#nextCaptions());
    fullscreen.addEventListener('click', () => this.#fullscreen());
    help.addEventListener('click', () => this.#help());
    stage.addEventListener('shown', () => this.#shown());
    addEventListener('keydown', (event) => this.#key(event), true);
    this.#listenForTaps();
    this.#listenForHeadset();
  }

  /** There are other captions than before. */
  captionsChanged() {
    const tracks = this.#tracks();
    const { captions } = this.#parts;
    captions.hidden = tracks.length === 0;
    captions.setAttribute('aria-pressed', String(tracks.some((t) => t.mode === 'showing')));
  }

  #shown() {
    const { media } = this.#stage;
    this.#parts.controls.hidden = !media;
    if (!media) {
      return;
    }
    for (const event of ['play', 'pause', 'ended', 'emptied']) {
      media.addEventListener(event, () => this.#showState());
    }
    for (const event of ['addtrack', 'removetrack', 'change']) {
      media.textTracks.addEventListener(event, () => this.captionsChanged());
    }
    this.#showState();
    this.captionsChanged();
  }

  #showState() {
    const paused = this.#stage.media?.paused ?? true;
    this.#parts.play.classList.toggle('playing', !paused);
    this.#parts.play.setAttribute('aria-label', paused ? 'Play' : 'Pause');
  }

  #toggle() {
    const { media } = this.#stage;
    if (media?.paused) {
      media.play().catch(() => {
        // It has no source just now; the stage says why.
      });
    } else {
      media?.pause();
    }
  }

  #skip(seconds) {
    const { media } = this.#stage;
    if (media) {
      const end = Number.isFinite(media.duration) ? media.duration : Infinity;
      media.currentTime = Math.max(0, Math.min(end, media.currentTime + seconds));
    }
  }

  #part(tenths) {
    const { media } = this.#stage;
    if (media && Number.isFinite(media.duration)) {
      media.currentTime = media.duration * tenths / 10;
    }
  }

  #louder(step) {
    const { media } = this.#stage;
    if (media) {
      media.volume = Math.max(0, Math.min(1, media.volume + step));
    }
  }

  #tracks() {
    return [...this.#stage.media?.textTracks ?? []].filter((track) =>
      track.kind === 'captions' || track.kind === 'subtitles');
  }

  #nextCaptions() {
    const tracks = this.#tracks();
    const next = tracks.findIndex((track) => track.mode === 'showing') + 1;
    tracks.forEach((track, i) => { track.mode = i === next ? 'showing' : 'disabled'; });
    rememberCaptions(tracks[next] ? tracks[next].language : null);
    this.captionsChanged();
  }

  #fullscreen() {
    const { media } = this.#stage;
    if (document.fullscreenElement) {
      document.exitFullscreen();
    } else if (media?.requestFullscreen) {
      media.requestFullscreen().catch(() => {
        // A frame that was not allowed to.
      });
    } else {
      media?.webkitEnterFullscreen?.(); // iPhones know it of videos alone
    }
  }

  #help() {
    const { keys } = this.#parts;
    if (keys.open) {
      keys.close();
    } else {
      keys.showModal();
    }
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) {
      return;
    }
    const own = event.target instanceof Element && event.target.closest(OWN_KEYS);
    // A button that has the focus is pressed by space; letters are free there.
    if (own && (own.matches('input, textarea, select') || [' ', 'Enter'].includes(event.key))) {
      return;
    }
    const acts = this.#act(event);
    if (acts) {
      // The video's own controls must not do it a second time.
      event.preventDefault();
      event.stopImmediatePropagation();
      acts();
    }
  }

  #act(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === '?') {
      return () => this.#help();
    }
    if (this.#parts.keys.open) {
      return null;
    }
    if (!this.#stage.media) {
      return key === 'n' || key === 'p' ? () => this.#turn(key === 'n' ? 1 : -1) : null;
    }
    if (/^[0-9]$/.test(key)) {
      return () => this.#part(Number(key));
    }
    const step = event.shiftKey ? 10 : 5;
    return {
      ' ': () => this.#toggle(),
      k: () => this.#toggle(),
      ArrowLeft: () => this.#skip(-step),
      ArrowRight: () => this.#skip(step),
      ArrowUp: () => this.#louder(0.1),
      ArrowDown: () => this.#louder(-0.1),
      j: () => this.#skip(-10),
      l: () => this.#skip(10),
      m: () => { this.#stage.media.muted = !this.#stage.media.muted; },
      f: () => this.#fullscreen(),
      c: () => this.#nextCaptions(),
      n: () => this.#turn(1),
      p: () => this.#turn(-1),
    }[key] ?? null;
  }

  /** Two taps at one side of the picture; one tap is the video's own. */
  #listenForTaps() {
    const { stage } = this.#parts;
    let last = { at: -Infinity, side: 0 };
    stage.addEventListener('touchend', (event) => {
      if (event.touches.length > 0 || event.changedTouches.length !== 1 || !this.#stage.media) {
        return;
      }
      const box = stage.getBoundingClientRect();
      const across = (event.changedTouches[0].clientX - box.left) / box.width;
      const side = across < 1 / 3 ? -1 : across > 2 / 3 ? 1 : 0;
      const second = side !== 0 && side === last.side && event.timeStamp - last.at < DOUBLE_TAP;
      last = { at: event.timeStamp, side };
      if (second) {
        event.preventDefault(); // neither zoom nor the browser's own double tap
        event.stopPropagation();
        this.#skip(10 * side);
      }
    }, { capture: true, passive: false });
  }

  /** Headsets and lock screens have keys too. */
  #listenForHeadset() {
    const actions = {
      seekbackward: () => this.#skip(-10),
      seekforward: () => this.#skip(10),
      previoustrack: () => this.#turn(-1),
      nexttrack: () => this.#turn(1),
    };
    for (const [action, act] of Object.entries(actions)) {
      try {
        navigator.mediaSession?.setActionHandler(action, act);
      } catch {
        // This browser has no such key.
      }
    }
  }
}
