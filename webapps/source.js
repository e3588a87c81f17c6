// How a title gets into a media element: by the browser itself, or by hls.js.
// A source begins at a position as often as it is told, and calls `failed` when it cannot go on.

import { isPlaylist } from './site.js';

/**
 * A source for a title of that type.
 *
 * @param failed called with {fatal}: whether trying again is of no use
 */
export async function sourceFor(media, address, type, failed) {
  if (isPlaylist(type)) {
    // hls.js where it works, though some browsers could do it themselves: what happens when a node
    // ends in the middle is then the same everywhere. The rest (iPhones) does HLS by itself.
    const Hls = await hlsJs();
    if (Hls?.isSupported()) {
      return new HlsSource(Hls, media, address, failed);
    }
  }
  return new NativeSource(media, address, failed);
}

class NativeSource {
  #media;
  #address;
  #failed;
  #known = false;
  #listening = new AbortController();

  constructor(media, address, failed) {
    this.#media = media;
    this.#address = address;
    this.#failed = failed;
    const { signal } = this.#listening;
    media.addEventListener('loadedmetadata', () => { this.#known = true; }, { signal });
    media.addEventListener('error', () => this.#error(media.error), { signal });
  }

  begin(seconds) {
    this.#media.src = this.#address;
    if (seconds > 0) {
      this.#media.currentTime = seconds; // before the metadata: the default playback start position
    }
  }

  #error(error) {
    // A source that was understood before is not suddenly of a wrong kind: its bytes stopped coming.
    const undecodable = error?.code === MediaError.MEDIA_ERR_DECODE
      || (error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED && !this.#known);
    this.#failed({ fatal: undecodable });
  }

  end() {
    this.#listening.abort();
    this.#media.removeAttribute('src');
    this.#media.load();
  }
}

class HlsSource {
  #Hls;
  #hls = null;
  #media;
  #address;
  #failed;

  constructor(Hls, media, address, failed) {
    this.#Hls = Hls;
    this.#media = media;
    this.#address = address;
    this.#failed = failed;
  }

  begin(seconds) {
    this.#hls?.destroy();
    const { Events, ErrorTypes } = this.#Hls;
    const hls = new this.#Hls({ startPosition: seconds > 0 ? seconds : -1 });
    let mended = false;
    hls.on(Events.ERROR, (_, data) => {
      if (!data.fatal || hls !== this.#hls) {
        return; // it goes on by itself
      }
      if (data.type === ErrorTypes.MEDIA_ERROR && !mended) {
        mended = true;
        hls.recoverMediaError();
        return;
      }
      this.#failed({ fatal: data.type !== ErrorTypes.NETWORK_ERROR });
    });
    this.#hls = hls;
    hls.attachMedia(this.#media);
    hls.loadSource(this.#address);
  }

  end() {
    this.#hls?.destroy();
    this.#hls = null;
  }
}

let hlsLoading = null;

/** hls.js, which is no module; loaded when the first playlist is played. Null if it cannot be. */
function hlsJs() {
  hlsLoading ??= new Promise((resolve) => {
    const script = document.createElement('script');
    script.src = new URL('hls.min.js', import.meta.url).href;
    script.addEventListener('load', () => resolve(globalThis.Hls ?? null));
    script.addEventListener('error', () => {
      hlsLoading = null;
      resolve(null);
    });
    document.head.append(script);
  });
  return hlsLoading;
}
