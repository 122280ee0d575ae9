/** Its base class is left out: it asks for what there is not. */
export default class Sorter {
  onData(): void {}
  onPacket(): void {}
}
