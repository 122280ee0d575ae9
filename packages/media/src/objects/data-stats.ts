import { randomUUID } from 'node:crypto';
import type { DataTransport } from '../transport/data-transport.js';

const sessionIds = new WeakMap<object, string>();

function idOf(subject: object): string {
  let id = sessionIds.get(subject);
  if (id === undefined) {
    id = randomUUID();
    sessionIds.set(subject, id);
  }
  return id;
}

/** The data channels of an endpoint as Kurento's statistics records. */
export function dataStats(data: DataTransport): Record<string, unknown> {
  const timestampMillis = Date.now();
  const id = idOf(data);
  const records: Record<string, unknown> = {
    [id]: {
      __type__: 'RTCPeerConnectionStats',
      id,
      type: 'session',
      timestampMillis,
      dataChannelsOpened: data.counters.opened,
      dataChannelsClosed: data.counters.closed,
    },
  };
  for (const channel of data.channels) {
    const channelId = `${id}-${channel.id}`;
    const traffic = data.trafficOf(channel.id);
    records[channelId] = {
      __type__: 'RTCDataChannelStats',
      id: channelId,
      type: 'datachannel',
      timestampMillis,
      label: channel.label,
      protocol: channel.protocol,
      datachannelid: channel.id,
      state: channel.state,
      ...traffic,
    };
  }
  return records;
}
