import type { WrittenStructure, WrittenTemplate } from './dependency-writer.js';

/** Structures as libwebrtc's scalability modes have them; a letter for each decode target's indication. */
function mode(
  templates: [number, number, string, number[], number[]][],
  chainOf: number[],
): WrittenStructure {
  return {
    templateOffset: 0,
    decodeTargets: chainOf.length,
    chains: Math.max(...chainOf) + 1,
    chainOf,
    templates: templates.map(
      ([spatial, temporal, indications, chains, references]): WrittenTemplate => ({
        spatial,
        temporal,
        indications: [...indications].map((letter) => '-DSR'.indexOf(letter)),
        references,
        chains,
      }),
    ),
    resolutions: [],
  };
}

/** One spatial layer, three temporal ones. Frames after the key frame: templates 1 (base), 2, 3, 4. */
export const L1T3 = mode(
  [
    [0, 0, 'SSS', [0], []],
    [0, 0, 'SSS', [4], [4]],
    [0, 1, '-DS', [2], [2]],
    [0, 2, '--D', [1], [1]],
    [0, 2, '--D', [3], [1]],
  ],
  [0, 0, 0],
);

/** Two spatial layers, each picture predicted between them. */
export const L2T2 = mode(
  [
    [0, 0, 'SSRR', [0, 0], []],
    [0, 0, 'SSRR', [4, 3], [4]],
    [0, 1, '-D-R', [2, 1], [2]],
    [1, 0, '--SS', [1, 1], [1]],
    [1, 0, '--SS', [1, 1], [4, 1]],
    [1, 1, '---D', [3, 2], [2, 1]],
  ],
  [0, 0, 1, 1],
);

/** Two spatial layers with prediction between them in key pictures only. */
export const L2T2_KEY = mode(
  [
    [0, 0, 'SSRR', [0, 0], []],
    [0, 0, 'SS--', [4, 3], [4]],
    [0, 1, '-D--', [2, 1], [2]],
    [1, 0, '--SS', [1, 1], [1]],
    [1, 0, '--SS', [1, 4], [4]],
    [1, 1, '---D', [3, 2], [2]],
  ],
  [0, 0, 1, 1],
);
