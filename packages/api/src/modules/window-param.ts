import type { RegisterDecl } from '../declaration.js';

/** The modules chroma and pointerdetector both declare this type. */
export const windowParam = {
  kind: 'register',
  name: 'WindowParam',
  members: [
    {
      name: 'topRightCornerX',
      type: 'int',
      doc: 'Upper right corner: pixels from the left of the picture.',
    },
    {
      name: 'topRightCornerY',
      type: 'int',
      doc: 'Upper right corner: pixels from the top of the picture.',
    },
    { name: 'width', type: 'int', doc: 'Width in pixels.' },
    { name: 'height', type: 'int', doc: 'Height in pixels.' },
  ],
  doc: 'A rectangle in the picture.',
} as const satisfies RegisterDecl;
