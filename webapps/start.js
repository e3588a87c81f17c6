// The start page: what to do next, for whoever comes.

import { openTyped, rootAddress, visitor } from './site.js';

for (const here of document.querySelectorAll('.here')) {
  here.textContent = rootAddress();
}
openTyped(document.querySelector('form'));

const who = await visitor();
if (who.listing) {
  document.getElementById('list').textContent = 'See what there is to play';
}
if (who.administrator) {
  document.getElementById('operator').hidden = true;
  document.getElementById('administrator').hidden = false;
  document.getElementById('next').textContent = advice(who);
}

function advice({ role, published }) {
  const there = published === 1 ? 'One title is published.' : published + ' titles are published.';
  if (role === 'server') {
    return published === 0
      ? 'Nothing is published yet. Copy a video into the directory that this node was started with'
        + ' (-p): a few seconds after the copy is complete it can be played here.'
      : there + ' Copy more into the directory that this node was started with (-p).';
  }
  return published === 0
    ? 'This cache knows of no title yet. Copy a video into the public directory of the server; if'
      + ' one lies there already, see how this node is.'
    : there + ' This is a cache: titles are added on the server.';
}
