import type { ParamDecl } from '../declaration.js';

/** The first constructor parameter of nearly every class. */
export const mediaPipelineParam = {
  name: 'mediaPipeline',
  type: 'MediaPipeline',
  doc: 'The pipeline to which the object belongs.',
} as const satisfies ParamDecl;
