// The player page: one title, what is beside it, and how to embed it.

import { captionsOf, release, tracks } from './captions.js';
import { Controls } from './controls.js';
import { Embed } from './embed.js';
import { captions } from './memory.js';
import { Queue } from './queue.js';
import { addressOf, clock, fileName, pageOf, titleOf, visitor } from './site.js';
import { Stage } from './stage.js';

const byId = (id) => document.getElementById(id);
const embedded = new URLSearchParams(location.search).has('embed');
document.body.classList.toggle('embedded', embedded);

const asked = visitor();
const stage = new Stage(byId('medium'));
const queue = new Queue(open);
const controls = new Controls(stage, (step) => queue.turn(step));
const embed = new Embed();

stage.addEventListener('notice', ({ detail }) => {
  byId('notice').textContent = detail;
  byId('notice').hidden = detail === '';
});
stage.addEventListener('resumed', ({ detail }) => {
  byId('resumed-at').textContent = clock(detail);
  byId('resumed').hidden = false;
});
stage.addEventListener('shown', addCaptions);
byId('restart').addEventListener('click', () => {
  stage.restart();
  byId('resumed').hidden = true;
});
addEventListener('popstate', () => show(titleOf(location), true));

await show(titleOf(location), false);
byId('status').hidden = !(await asked).administrator;

/** Another title, by the viewer's own hand: no page is loaded for it. */
function open(title) {
  history.pushState(null, '', pageOf(title));
  show(title, true);
}

async function show(title, play) {
  if (title === null) {
    return;
  }
  document.title = fileName(title);
  byId('name').textContent = title.slice(1);
  byId('resumed').hidden = true;
  byId('controls').hidden = true;
  byId('file').href = addressOf(title);
  embed.show(title);
  if (navigator.mediaSession && globalThis.MediaMetadata) {
    navigator.mediaSession.metadata = new MediaMetadata({ title: fileName(title) });
  }
  const beside = asked.then((who) => who.listing && !embedded && queue.show(title))
    .catch(() => {
      // Without its neighbours a title plays all the same.
    });
  await Promise.all([stage.show(title, play), beside]);
}

/** Captions come when the picture is there already. */
async function addCaptions() {
  const { media, title, signal } = stage;
  if (!(media instanceof HTMLVideoElement)) {
    return;
  }
  const { listing } = await asked;
  if (signal.aborted) {
    return;
  }
  const found = await captionsOf(title, listing, signal).catch(() => []);
  if (signal.aborted) {
    return;
  }
  const made = await tracks(found, signal);
  if (signal.aborted) {
    release(made);
    return;
  }
  media.append(...made);
  const wanted = captions();
  const chosen = made.find((track) => wanted !== null && track.track.language === wanted);
  if (chosen) {
    chosen.track.mode = 'showing';
  }
  controls.captionsChanged();
}
