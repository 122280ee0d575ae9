/**
 * Runs in a network namespace: lets programs outside connect to one inside. Listens at a Unix socket, for file systems are not
 * divided, and passes on to a TCP port of the loopback. Arguments: path, port.
 */
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

const [path = '', port = ''] = process.argv.slice(2);

const server = createServer((outside) => {
  const inside = connect(Number(port), '127.0.0.1');
  pipeline(outside, inside, outside, () => {});
});
server.listen(path, () => process.send?.('ready'));
process.on('disconnect', () => process.exit());
