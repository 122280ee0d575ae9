import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAddon } from './addon.js';
import * as layout from './layout.js';

test('the shared memory has one layout on both sides', () => {
  assert.deepEqual(
    { ...loadAddon().layout },
    {
      slotSize: layout.SLOT_SIZE,
      batchSize: layout.BATCH_SIZE,
      none: layout.NO_SESSION,
      addressStride: layout.ADDRESS_STRIDE,
      'descriptor.payloadOffset': layout.Descriptor.PayloadOffset,
      'descriptor.socket': layout.Descriptor.Socket,
      'descriptor.stride': layout.Descriptor.Stride,
      'slotMeta.absSendTime': layout.SlotMeta.AbsSendTime,
      'slotMeta.stride': layout.SlotMeta.Stride,
      'command.timestamp': layout.Command.Timestamp,
      'command.stride': layout.Command.Stride,
      'consumer.copyExtensions': layout.ConsumerRecord.CopyExtensions,
      'consumer.lastTimestamp': layout.ConsumerRecord.LastTimestamp,
      'consumer.extensionTemplate': layout.ConsumerRecord.ExtensionTemplate,
      'consumer.stride': layout.ConsumerRecord.Stride,
      'counter.droppedBadCommand': layout.Counter.DroppedBadCommand,
      'counter.gsoFallbacks': layout.Counter.GsoFallbacks,
      'counter.droppedRepeated': layout.Counter.DroppedRepeated,
      'counter.handedOver': layout.Counter.HandedOver,
      'counter.droppedRate': layout.Counter.DroppedRate,
      'sent.packets': layout.SentRing.Packets,
      'sent.first': layout.SentRing.First,
      'sent.stride': layout.SentRing.Stride,
      'outbox.packets': layout.Outbox.Packets,
      'outbox.packetStride': layout.Outbox.PacketStride,
      'outbox.firstRecord': layout.Outbox.FirstRecord,
      'outbox.recordStride': layout.Outbox.RecordStride,
      firstVirtualSocket: layout.FIRST_VIRTUAL_SOCKET,
    },
  );
});
