import type { DataTransport } from '../transport/data-transport.js';
import { stableId } from './stable-id.js';
import type { DataStatistics } from './statistics.js';

/** The data channels of an endpoint. */
export function dataStatistics(data: DataTransport): DataStatistics {
  return {
    id: stableId(data),
    opened: data.counters.opened,
    closed: data.counters.closed,
    channels: data.channels.map(({ id, label, protocol, state }) => ({
      number: id,
      label,
      protocol,
      state,
      ...data.trafficOf(id),
    })),
  };
}
