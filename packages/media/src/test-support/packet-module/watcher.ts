import Sorter from './sorter.js';

/** Only looks. */
export default class Watcher extends Sorter {
  static override readonly passive = true;
}
