// What this browser remembers: how far each title was watched, and which captions were on.
// A frame of another site may have no storage: then nothing is remembered, and nothing fails.

import { addressOf } from './site.js';

const POSITIONS = 'p2pd positions';
const CAPTIONS = 'p2pd captions';

/** So many titles are remembered, the latest. */
const MOST = 300;

/** Less than this from either end is no place to come back to, in seconds. */
const EDGE = 5;

/** Where that title was left, in seconds; 0 if nowhere. */
export function position(title) {
  return positions()[addressOf(title)] ?? 0;
}

/** Remembers how far a title was watched; forgets it near its ends. */
export function remember(title, seconds, duration) {
  const all = positions();
  const key = addressOf(title);
  delete all[key]; // so that it becomes the latest
  if (seconds >= EDGE && !(seconds > duration - EDGE)) {
    all[key] = Math.floor(seconds * 10) / 10;
  }
  store(POSITIONS, Object.fromEntries(Object.entries(all).slice(-MOST)));
}

/** The language of the captions that were on, 'und' if their name has none; null: none were. */
export function captions() {
  return read(CAPTIONS);
}

export function rememberCaptions(language) {
  store(CAPTIONS, language);
}

function positions() {
  const all = read(POSITIONS);
  return all && typeof all === 'object' ? all : {};
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // No storage, or it is full: watching matters more.
  }
}
