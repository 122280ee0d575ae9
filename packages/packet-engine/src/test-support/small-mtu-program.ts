/** Run by engine-mtu.test.ts where packets are longer than the MTU: sends five to one receiver and prints the counters. */
import { Counter } from '../layout.js';
import { EngineFixture } from './engine-fixture.js';
import { filled, rtpPacket } from './packets.js';
import { until } from './wait.js';

const fixture = new EngineFixture();
const sender = await fixture.participant();
const receiver = await fixture.participant();
const consumer = fixture.consumer(receiver.session, 7);
const packet = rtpPacket({ ssrc: 1, sequence: 1, payload: filled(1100, 1) });
sender.peer.send(sender.srtp.protectRtp(packet, 1), fixture.port);
await until(() => fixture.packets.length === 1, 'the packet');
for (let i = 0; i < 5; i++) fixture.command(i, fixture.packets[0]!.slot, consumer, i + 1, 0);
fixture.engine.flush(5);
const received = await receiver.peer.takeReceived(5);
const authentic = received.filter((data) => receiver.srtp.unprotectRtp(data).ok).length;
const fallbacks = fixture.counter(Counter.GsoFallbacks);
console.log(JSON.stringify({ authentic, fallbacks, sent: fixture.counter(Counter.PacketsSent) }));
fixture.close();
