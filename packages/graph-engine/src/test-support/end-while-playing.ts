// Ends, in one of several ways, while a pipeline plays and its listeners are called.
import { GstBin } from '../bin.js';
import { GstPipeline } from '../pipeline.js';

const pipeline = GstPipeline.create();
pipeline.add(
  GstBin.parse('videotestsrc ! vp8enc deadline=1 ! fakesink name=sink signal-handoffs=true', false),
);
const sink = pipeline.find('sink')!;
const first = sink.getStaticPad('sink').firstBuffer();
sink.on('handoff', () => {});
await pipeline.setState('playing');
await first;
if (process.argv[2] === 'exit') process.exit(0);
if (process.argv[2] === 'throw') throw new Error('on purpose');
