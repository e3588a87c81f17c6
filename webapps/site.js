// Addresses within this node, and what the node says of its visitor and of its titles.

/** Where the application lives: the page's <base> knows the way there. */
const root = new URL(document.baseURI);
root.search = '';
root.hash = '';

const PLAY = root.pathname + '.play';

/** The address of a title. */
export function addressOf(title) {
  return root.origin + root.pathname.slice(0, -1) + encode(title);
}

/** The address of a title's player page. */
export function pageOf(title) {
  return root.origin + PLAY + encode(title);
}

/** The title whose player page that address is; null if it is none. */
export function titleOf(location) {
  if (!location.pathname.startsWith(PLAY + '/')) {
    return null;
  }
  try {
    const title = decodeURIComponent(location.pathname.slice(PLAY.length));
    return title === '/' ? null : title;
  } catch {
    return null; // not UTF-8: no title
  }
}

/** A name as someone types or pastes it: with or without a slash, or a whole address. */
export function typedTitle(text) {
  let name = text.trim();
  for (const start of [root.href + '.play/', root.href]) {
    if (name.startsWith(start)) {
      try {
        name = decodeURIComponent(name.slice(start.length));
      } catch {
        return null;
      }
      break;
    }
  }
  name = name.replace(/^\/+/, '');
  return name === '' ? null : '/' + name;
}

/** The last part of a title's name. */
export function fileName(title) {
  return title.slice(title.lastIndexOf('/') + 1);
}

/** The part of a title's name before its ending: what captions have in common with it. */
export function stemOf(title) {
  const dot = title.lastIndexOf('.');
  return dot > title.lastIndexOf('/') + 1 ? title.slice(0, dot) : title;
}

/** The directory of a title, with the slash at its end. */
export function directoryOf(title) {
  return title.slice(0, title.lastIndexOf('/') + 1);
}

/** This node's root, as people write it. */
export function rootAddress() {
  return root.href;
}

/** Whether a title of that type is something to play or to look at. */
export function isPlayable(type) {
  return /^(video|audio|image)\//.test(type) && type !== 'video/iso.segment'
    || isPlaylist(type);
}

/** Whether a title of that type is an HLS playlist. */
export function isPlaylist(type) {
  return /^(application\/(vnd\.apple\.|x-)mpegurl|audio\/(x-)?mpegurl)\b/i.test(type);
}

/** What the visitor may do: {listing, titles, administrator, role, published}. */
export async function visitor() {
  const strangers = { listing: false, titles: true, administrator: false };
  try {
    const response = await fetch(new URL('.web/visitor', root), { cache: 'no-store' });
    return response.ok ? await response.json() : strangers;
  } catch {
    return strangers; // this node cannot be reached just now: nothing but the title is needed
  }
}

/** One page of the list of titles whose names come after that text: {titles, next, published}. */
export async function list(after, max, signal) {
  const address = new URL('.web/titles', root);
  address.search = new URLSearchParams({ after, max }).toString();
  const response = await fetch(address, { cache: 'no-store', signal });
  if (!response.ok) {
    throw new Error((await response.text()).trim());
  }
  return response.json();
}

/** All titles whose names begin with that, as far as `most` rows of the list go. */
export async function* beginningWith(prefix, most, signal) {
  // Names in order: those that begin with the prefix follow right after it.
  let after = prefix;
  for (let rows = 0; rows < most; ) {
    const page = await list(after, Math.min(500, most - rows), signal);
    for (const entry of page.titles) {
      if (!entry.name.startsWith(prefix)) {
        return;
      }
      yield entry;
    }
    if (!page.next) {
      return;
    }
    rows += page.titles.length;
    after = page.next;
  }
}

/** Bytes as people read them. */
export function size(bytes) {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return (power === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)) + ' ' + units[power];
}

/** Seconds as people read them. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return (hours ? hours + ':' + two(minutes) : minutes) + ':' + two(whole % 60);
}

/** Makes a form open the player page of what was typed. */
export function openTyped(form) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const title = typedTitle(form.querySelector('input').value);
    if (title) {
      location.assign(pageOf(title));
    }
  });
}

function encode(title) {
  return title.split('/').map(encodeURIComponent).join('/');
}
