import { type StatsListener, unwatchFile, watchFile } from 'node:fs';

const CHECK_MILLIS = 2000;

/**
 * Calls `changed` after one of the files has changed or has been replaced. Polls, because notifications are lost
 * where files are links to links, as in mounted secrets. Gives a function that ends it.
 */
export function watchFiles(files: readonly string[], changed: () => void): () => void {
  const ends = files.map((file) => {
    const listener: StatsListener = (now, before) => {
      if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) changed();
    };
    watchFile(file, { interval: CHECK_MILLIS, persistent: false }, listener);
    return () => unwatchFile(file, listener);
  });
  return () => {
    for (const end of ends) end();
  };
}
