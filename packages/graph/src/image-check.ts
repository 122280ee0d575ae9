import { GstElement, GstPipeline } from '@rivero/graph-engine';

/**
 * Has a gdkpixbufoverlay of its own load a picture: one that runs goes on with its former picture when it can't decode the next, and tells
 * nobody; one that starts fails.
 * @throws GraphEngineError for what it can't decode
 */
export async function assertDecodes(path: string): Promise<void> {
  const pipeline = GstPipeline.create();
  try {
    pipeline.add(GstElement.make('gdkpixbufoverlay', { location: path }));
    await pipeline.setState('paused');
  } finally {
    await pipeline.setState('null');
    pipeline.dispose();
  }
}
