// Captions that lie beside a title: movie.vtt, movie.en.vtt, movie.de.srt for movie.mp4.

import { addressOf, beginningWith, stemOf } from './site.js';

/** So many rows of the list are looked through. */
const ROWS = 200;

const ENDING = /^\.(?:([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.)?(vtt|srt)$/i;

/**
 * The captions of a title: [{title, language, form}], each language once.
 *
 * @param listing whether the list of titles is open; else names are tried
 * @param signal ends it
 */
export async function captionsOf(title, listing, signal) {
  const stem = stemOf(title);
  const found = listing ? await listed(stem, signal) : await tried(stem, signal);
  const languages = new Map();
  for (const one of found) {
    const known = languages.get(one.language);
    if (!known || (known.form === 'srt' && one.form === 'vtt')) {
      languages.set(one.language, one);
    }
  }
  return [...languages.values()];
}

async function listed(stem, signal) {
  const found = [];
  for await (const { name } of beginningWith(stem + '.', ROWS, signal)) {
    const match = ENDING.exec(name.slice(stem.length));
    if (match) {
      found.push({ title: name, language: match[1] ?? '', form: match[2].toLowerCase() });
    }
  }
  return found;
}

/** Without a list: the names that this browser's user can read. */
async function tried(stem, signal) {
  const languages = new Set(['']);
  for (const language of navigator.languages.slice(0, 4)) {
    languages.add(language);
    languages.add(language.split('-')[0]);
  }
  const candidates = [...languages].flatMap((language) =>
    ['vtt', 'srt'].map((form) => ({
      title: stem + (language ? '.' + language : '') + '.' + form, language, form,
    })));
  const there = await Promise.all(candidates.map(async ({ title }) => {
    try {
      return (await fetch(addressOf(title), { method: 'HEAD', signal })).ok;
    } catch {
      return false;
    }
  }));
  return candidates.filter((_, i) => there[i]);
}

/** A <track> for each, ready to be added to a video; whoever has them releases them in the end. */
export async function tracks(found, signal) {
  const made = await Promise.all(found.map((one) => track(one, signal).catch(() => null)));
  return made.filter((one) => one !== null);
}

/** Gives back what tracks hold that are no longer shown, or never were. */
export function release(tracks) {
  for (const { src } of tracks) {
    URL.revokeObjectURL(src); // those that are titles stay as they are
  }
}

async function track({ title, language, form }, signal) {
  const element = document.createElement('track');
  element.kind = 'captions';
  element.srclang = language || 'und';
  element.label = nameOf(language);
  if (form === 'vtt') {
    element.src = addressOf(title);
    return element;
  }
  const response = await fetch(addressOf(title), { signal });
  if (!response.ok) {
    throw new Error('captions: ' + response.status);
  }
  const text = vttOf(await response.text());
  element.src = URL.createObjectURL(new Blob([text], { type: 'text/vtt' }));
  return element;
}

/** SubRip as WebVTT: a head, and points instead of commas in times. */
export function vttOf(srt) {
  return 'WEBVTT\n\n' + srt.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
    .replace(/^(\d+:\d{2}:\d{2}),(\d{3})\s*-->\s*(\d+:\d{2}:\d{2}),(\d{3}).*$/gm, '$1.$2 --> $3.$4');
}

function nameOf(language) {
  if (!language) {
    return 'Captions';
  }
  try {
    return new Intl.DisplayNames(navigator.languages, { type: 'language' }).of(language);
  } catch {
    return language;
  }
}
