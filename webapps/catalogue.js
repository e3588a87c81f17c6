// The catalogue: the list of titles, where it is open, and a way to open a title by its name.

import {
  directoryOf, isPlayable, isPlaylist, list, openTyped, pageOf, size, visitor,
} from './site.js';

const PAGE = 200;

/** A page that could not be had, or an empty list, is asked for again after so long. */
const LOOK_AGAIN_MS = 5000;

/** So many are looked through for what is typed. */
const SEARCHED = 20000;

const rows = document.getElementById('titles');
const more = document.getElementById('more');
const notice = document.getElementById('notice');
const field = document.querySelector('input');

/** Directories with a playlist: the pieces that lie there are no titles to play by themselves. */
const playlists = new Set();
let next = '';
let loaded = 0;
let loading = false;

/** The one timer that asks again; null while none is waited for. */
let again = null;

openTyped(document.querySelector('form'));
const who = await visitor();
document.getElementById('status').hidden = !who.administrator;
if (who.listing) {
  more.addEventListener('click', load);
  field.addEventListener('input', find);
  new IntersectionObserver((seen) => seen[0].isIntersecting && again === null && load())
    .observe(more);
  await load();
} else {
  document.getElementById('closed').hidden = false;
  field.focus();
}

/** The next page of the list, and those after it as long as something is searched for. */
async function load() {
  if (loading || next === undefined) {
    return;
  }
  loading = true;
  clearTimeout(again);
  again = null;
  let got;
  do {
    got = await loadPage();
    filter();
  } while (got && isSearching()); // what is typed now: it may have changed meanwhile
  loading = false;
  more.hidden = next === undefined || loaded === 0;
  if (!got) {
    again = setTimeout(load, LOOK_AGAIN_MS);
  }
}

/** Whether there was a page: else the node does not give it, or has no titles yet. */
async function loadPage() {
  try {
    const page = await list(next, PAGE);
    loaded += page.titles.length;
    next = loaded === 0 ? '' : page.next;
    page.titles.filter((title) => isPlaylist(title.type))
      .forEach((title) => playlists.add(directoryOf(title.name)));
    rows.append(...page.titles.filter(isShown).map(row));
    tell(page.published);
    return loaded > 0;
  } catch (failure) {
    // What the node says, if it says anything. A TypeError is the browser's: no words for people.
    const said = failure instanceof TypeError ? '' : failure.message;
    notice.textContent = (said || 'This node cannot be reached.') + ' Trying again …';
    return false;
  }
}

function tell(published) {
  notice.textContent = published === 0
    ? 'There are no titles yet. They appear here as soon as they are published.'
    : rows.childElementCount === 0 ? 'Nothing to play among ' + loaded + ' titles so far.' : '';
}

/** Captions, pages and pieces of streams are published too, but no one plays them. */
function isShown(title) {
  return isPlayable(title.type)
    && !(title.type === 'video/mp2t' && playlists.has(directoryOf(title.name)));
}

function row(title) {
  const link = document.createElement('a');
  link.href = pageOf(title.name);
  link.textContent = title.name.slice(1);
  const about = document.createElement('span');
  about.textContent = size(title.bytes) + ' · '
    + new Date(title.lastModified).toLocaleDateString();
  const item = document.createElement('li');
  item.append(link, about);
  return item;
}

/** Shows what has the typed words in its name, looking through the rest of the list for it. */
function find() {
  filter();
  if (isSearching() && again === null) {
    load();
  }
}

function isSearching() {
  return field.value !== '' && next !== undefined && loaded < SEARCHED;
}

function filter() {
  const words = field.value.toLowerCase().split(/\s+/);
  for (const item of rows.children) {
    const name = item.firstChild.textContent.toLowerCase();
    item.hidden = !words.every((word) => name.includes(word));
  }
}
