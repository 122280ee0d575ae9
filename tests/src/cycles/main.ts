/**
 * `npm run cycles:modules`: elements of all classes of the modules come and go beside a call, all of them at once and again and again; what
 * the media worker and the graph process hold before and after. With --class=NAME those of one class are inserted between camera and
 * viewer and taken out again. Options: --cycles=N, --warm=N (cycles before it is looked what the processes hold).
 */
import { assertFlat, type Holdings, holdings } from '../support/growth.js';
import { waitFor } from '../support/wait.js';
import { GROWTH, ModuleCycles } from './module-cycles.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

const count = Number(option('cycles') ?? 100);
const warm = Number(option('warm') ?? 20);
const type = option('class');
const REPORT = 10;
const text = (all: readonly Holdings[]): string =>
  all
    .map(({ threads, files, megabytes }) => `${threads} threads, ${files} files, ${megabytes.toFixed(0)} MB`)
    .join('; graph ');

const cycles = await ModuleCycles.start();
try {
  const cycle = (): Promise<void> => (type === undefined ? cycles.round() : cycles.insert(type));
  console.log(`${count} cycles of ${type ?? cycles.classNames.join(', ')}, after ${warm}`);
  for (let i = 0; i < warm; i++) await cycle();
  const before = holdings(cycles.server);
  const { markers } = cycles.counter;
  console.log(`0: worker ${text(before)}`);
  for (let i = 1; i <= count; i++) {
    await cycle();
    if (i % REPORT === 0) console.log(`${i}: worker ${text(holdings(cycles.server))}`);
  }
  await waitFor('pictures', () => cycles.counter.markers > markers);
  console.log(`at the end: worker ${text(await assertFlat(cycles.server, before, GROWTH))}`);
  if (cycles.counter.missing > 0) throw new Error(`the viewer lacks ${cycles.counter.missing} packets`);
  console.log('flat');
} catch (error) {
  console.log(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await cycles.stop();
}
