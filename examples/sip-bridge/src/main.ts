import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Application } from './application.js';

const { values } = parseArgs({
  options: {
    media: { type: 'string', default: 'ws://localhost:8888/kurento' },
    sip: { type: 'string', default: '5060' },
    http: { type: 'string', default: '8080' },
    address: { type: 'string', default: '127.0.0.1' },
  },
});

const application = await Application.start({
  media: values.media,
  sipPort: Number(values.sip),
  httpPort: Number(values.http),
  address: values.address,
  failed: (error) => console.error(error),
});
console.log(
  `Open http://localhost:${application.httpPort}/ and call sip:agent@${values.address}:${application.sipPort}`,
);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await application.close();
