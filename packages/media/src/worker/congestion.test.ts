import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { PacketEngine } from '@rivero/packet-engine';
import { RtcpWriter } from '@rivero/rtp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { EmulatedViewer } from '../test-support/emulated-viewer.js';
import { offerOf, vp8Continuation, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const VIDEO_SSRC = 2222;
/** Id of the transport-wide sequence number. */
const SEQUENCE_ID = 5;

describe('congestion control between WebRTC peers', () => {
  const harness = sharedWorker();
  let pipeline: string;

  async function presenter(transportCc: boolean): Promise<TestCall> {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline, { transportCc });
    // What comes before the server has its keys too is dropped.
    await waitFor('the server to be secured', () =>
      harness.eventsOf(made.endpoint, 'DtlsConnectionStateChange').some(({ state }) => state === 'CONNECTED'),
    );
    return made;
  }

  function sendVideo({ peer }: TestCall, sequence: number, wide: number | undefined): void {
    const extensions = new Map<number, Uint8Array>();
    if (wide !== undefined) extensions.set(SEQUENCE_ID, Buffer.from([wide >> 8, wide & 0xff]));
    peer.sendRtp({
      payloadType: 96,
      marker: true,
      sequence,
      timestamp: sequence * 3000,
      ssrc: VIDEO_SSRC,
      payload: sequence === 1 ? vp8Payload(true) : vp8Continuation(),
      extensions,
    });
  }

  test('a sender hears which of its packets arrived', async () => {
    const sender = await presenter(true);
    assert.match(sender.answer, /a=rtcp-fb:96 transport-cc\r\n/);
    assert.match(sender.answer, /a=extmap:5 \S+transport-wide-cc-extensions-01\r\n/);
    const lost = 0xffff;
    for (let i = 0; i < 20; i++) {
      const wide = (0xfff8 + i) & 0xffff;
      if (wide !== lost) sendVideo(sender, i + 1, wide);
    }
    const told = (sequence: number) =>
      sender.peer.rtcp.filter((packet) => packet.type === 'TWCC' && packet.sequence === sequence);
    await waitFor('feedback about the last packet', () => told(0xb).length > 0);
    for (let i = 0; i < 20; i++) {
      const sequence = (0xfff8 + i) & 0xffff;
      const [report] = told(sequence);
      assert.equal(report?.received, sequence !== lost, `packet ${sequence}`);
      assert.equal(report?.ssrc, VIDEO_SSRC);
    }
  });

  test('a sender that controls itself is told bounds only, another one is led by REMB', async () => {
    const sender = await presenter(true);
    let sequence = 0;
    const flow = setInterval(() => {
      sequence++;
      sendVideo(sender, sequence, sequence);
    }, 10);
    try {
      await waitFor('two seconds of feedback', () => sequence >= 150);
      const rembs = () => sender.peer.rtcp.filter(({ type }) => type === 'REMB');
      assert.equal(rembs().length, 0);
      await harness.invoke(sender.endpoint, 'setMaxVideoRecvBandwidth', { maxVideoRecvBandwidth: 400 });
      const bound = await waitFor('a bound', () => rembs()[0]);
      assert.ok(Math.abs((bound.bitrate as number) / 400_000 - 1) < 0.01, `${bound.bitrate}`);
      await harness.invoke(sender.endpoint, 'setMaxVideoRecvBandwidth', { maxVideoRecvBandwidth: 0 });
      await waitFor('the bound to go', () =>
        rembs().some(({ bitrate }) => (bitrate as number) > 100_000_000),
      );
      await harness.invoke(sender.endpoint, 'setRembParams', { rembParams: { upLosses: 20 } });
      await waitFor('Kurento’s own control', () => {
        const bitrate = rembs().at(-1)!.bitrate as number;
        return bitrate > 30_000 && bitrate < 2_000_000;
      });
    } finally {
      clearInterval(flow);
    }
  });

  /** Two encodings of a picture, 100 and 800 kbit/s, a frame every 20 ms; key frames when asked for. */
  async function layeredPresenter(): Promise<TestCall> {
    const options = { direction: 'sendonly', audio: false } as const;
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline, options);
    const offer = offerOf(made.peer, options)
      .replaceAll(/a=ssrc.*\r\n/g, '')
      .concat(
        'a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n',
        'a=rid:q send\r\na=rid:f send\r\na=simulcast:send q;f\r\n',
      );
    await harness.invoke(made.endpoint, 'processOffer', { offer });
    return made;
  }

  function sendLayers({ peer }: TestCall): NodeJS.Timeout {
    let frame = 0;
    let seen = 0;
    const asked = [true, true];
    const sequences = [0, 0];
    return setInterval(() => {
      frame++;
      for (; seen < peer.rtcp.length; seen++) {
        const { type, ssrc } = peer.rtcp[seen]!;
        if (type === 'PLI') asked[(ssrc as number) - 9000] = true;
      }
      for (const [layer, packets] of [[250], [1000, 1000]].entries()) {
        for (const [index, size] of packets.entries()) {
          sequences[layer]!++;
          peer.sendRtp({
            payloadType: 96,
            marker: index === packets.length - 1,
            sequence: sequences[layer]!,
            timestamp: frame * 1800,
            ssrc: 9000 + layer,
            payload: index === 0 ? vp8Payload(asked[layer]!, size, layer) : vp8Continuation(size, layer),
            extensions: new Map([[10, Buffer.from(layer === 0 ? 'q' : 'f')]]),
          });
        }
        asked[layer] = false;
      }
    }, 20);
  }

  test('a viewer with feedback gets the encoding that its path carries, without its asking', async () => {
    const sender = await layeredPresenter();
    const viewer = await call(harness, pipeline, { direction: 'recvonly', audio: false, transportCc: true });
    await harness.invoke(sender.endpoint, 'connect', { sink: viewer.endpoint });
    const flow = sendLayers(sender);
    const emulated = new EmulatedViewer(viewer.peer, SEQUENCE_ID, { delay: 20, rate: 300_000 });
    /** Bytes that tell the encoding, of the newest packets that are no retransmissions. */
    const layerNow = (): number[] =>
      emulated.received
        .filter(({ payloadType }) => payloadType === 96)
        .slice(-10)
        .map(({ payload }) => payload.at(-1)!);
    const gets = (layer: number) => (): boolean => {
      const layers = layerNow();
      return layers.length === 10 && layers.every((value) => value === layer);
    };
    const estimate = async (): Promise<number> => {
      const stats = await harness.invoke<Record<string, { type: string; remb: number }>>(
        viewer.endpoint,
        'getStats',
        {
          mediaType: 'VIDEO',
        },
      );
      return Object.values(stats).find(({ type }) => type === 'outboundrtp')!.remb;
    };
    try {
      await waitFor('the estimate to be that of the path', async () => {
        const bitrate = await estimate();
        return bitrate > 100_000 && bitrate < 310_000;
      });
      await waitFor('the small encoding', gets(0));
      const numbers = emulated.received.map(({ extensions }) =>
        Buffer.from(extensions.get(SEQUENCE_ID)!).readUInt16BE(),
      );
      assert.equal(new Set(numbers).size, numbers.length, 'each packet has its own transport-wide number');
      emulated.setProfile({ delay: 20 });
      await waitFor('the large encoding after probes', gets(1), 40_000);
      // A busy machine sends less than it should.
      assert.ok((await estimate()) > 400_000);
      assert.ok(
        emulated.received.some(({ payloadType }) => payloadType === 97),
        'probes are retransmissions',
      );
      emulated.setProfile({ delay: 20, rate: 300_000 });
      await waitFor('the small encoding again', gets(0));
    } finally {
      clearInterval(flow);
      emulated.stop();
    }
  });

  test('a viewer that was not heard for a while gets a key frame: what it requested meanwhile was lost', async () => {
    const sender = await presenter(false);
    const viewer = await call(harness, pipeline, { direction: 'recvonly', transportCc: true });
    await harness.invoke(sender.endpoint, 'connect', { sink: viewer.endpoint });
    const emulated = new EmulatedViewer(viewer.peer, SEQUENCE_ID, { delay: 20 });
    let sequence = 0;
    let seen = 0;
    const requests = () => sender.peer.rtcp.filter(({ type }) => type === 'PLI').length;
    const flow = setInterval(() => {
      const key = sequence === 0 || requests() > seen;
      seen = requests();
      sender.peer.sendRtp({
        payloadType: 96,
        marker: true,
        sequence: ++sequence,
        timestamp: sequence * 900,
        ssrc: VIDEO_SSRC,
        payload: vp8Payload(key, 300),
      });
    }, 10);
    try {
      await waitFor('video', () => emulated.received.length > 100);
      const before = requests();
      emulated.mute = true;
      const since = performance.now();
      await waitFor('more than a second', () => performance.now() - since > 1200);
      assert.equal(requests(), before);
      emulated.mute = false;
      await waitFor('a request for a key frame', () => requests() > before);
    } finally {
      clearInterval(flow);
      emulated.stop();
    }
  });

  test('two videos to one viewer share what its path carries: the small one gets what it needs', async () => {
    const sender = await layeredPresenter();
    const small = await call(harness, pipeline, { direction: 'sendonly', audio: false });
    const options = { direction: 'recvonly', audio: false, transportCc: true } as const;
    const viewer = await call(harness, pipeline, options);
    const second = offerOf(viewer.peer, options).split('m=video')[1]!.replace('a=mid:v', 'a=mid:w');
    await harness.invoke(viewer.endpoint, 'processOffer', {
      offer: `${offerOf(viewer.peer, options).replace('BUNDLE v', 'BUNDLE v w')}m=video${second}`,
    });
    await harness.invoke(sender.endpoint, 'connect', { sink: viewer.endpoint });
    await harness.invoke(small.endpoint, 'connect', {
      sink: viewer.endpoint,
      mediaType: 'VIDEO',
      sourceMediaDescription: 'default',
      sinkMediaDescription: 'w',
    });
    const emulated = new EmulatedViewer(viewer.peer, SEQUENCE_ID, { delay: 20, rate: 500_000 });
    const flow = sendLayers(sender);
    let sequence = 0;
    const smallFlow = setInterval(() => {
      sequence++;
      small.peer.sendRtp({
        payloadType: 96,
        marker: true,
        sequence,
        timestamp: sequence * 1800,
        ssrc: VIDEO_SSRC,
        payload: vp8Payload(true, 100, 7),
      });
    }, 20);
    /** bit/s for the layered video and for the small one. */
    const shares = async (): Promise<number[]> => {
      const stats = await harness.invoke<Record<string, { type: string; remb: number; bytesSent: number }>>(
        viewer.endpoint,
        'getStats',
        { mediaType: 'VIDEO' },
      );
      const sent = Object.values(stats).filter(({ type }) => type === 'outboundrtp');
      return sent.sort((a, b) => b.remb - a.remb).map(({ remb }) => remb);
    };
    try {
      await waitFor('both', () => {
        const last = emulated.received.slice(-30).map(({ payload }) => payload.at(-1));
        return last.includes(0) && last.includes(7);
      });
      await waitFor('shares of the path', async () => {
        const [most = 0, least = 0] = await shares();
        // Small: 40 kbit/s, which may double. Together no more than there is.
        return least > 0 && least < 120_000 && most > 1.5 * least && most + least < 550_000;
      });
      const layers = emulated.received.slice(-30).map(({ payload }) => payload.at(-1));
      assert.ok(!layers.includes(1) && layers.includes(7));
    } finally {
      clearInterval(flow);
      clearInterval(smallFlow);
      emulated.stop();
    }
  });

  test('a viewer that only sends REMB gets the large encoding, though its estimate grows slowly', async () => {
    const sender = await layeredPresenter();
    const viewer = await call(harness, pipeline, { direction: 'recvonly', audio: false });
    await harness.invoke(sender.endpoint, 'connect', { sink: viewer.endpoint });
    const [ssrc] = announcedSsrcs(viewer.answer, 'video');
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) =>
      viewer.peer.sendRtcp(buffer.slice(0, length)),
    );
    const { rtp } = viewer.peer;
    let estimate = 60_000;
    let counted = 0;
    const flow = sendLayers(sender);
    // As libwebrtc: 8 % a second, up to one and a half times what comes.
    const report = setInterval(() => {
      const received = rtp.slice(counted).reduce((sum, { payload }) => sum + payload.length * 16, 0);
      counted = rtp.length;
      estimate = Math.max(estimate, Math.min(estimate * 1.04, received * 1.5 + 10_000));
      writer.begin(99, Buffer.from('viewer'));
      writer.remb(estimate, [ssrc! | 0], 1);
      writer.finish();
    }, 500);
    try {
      await waitFor('the small encoding', () => rtp.length > 20 && rtp.at(-1)!.payload.at(-1) === 0);
      // The estimate alone would need half a minute.
      await waitFor(
        'the large one',
        () => rtp.slice(-20).every(({ payload }) => payload.at(-1) === 1),
        15_000,
      );
      const count = rtp.length;
      await waitFor('it to stay', () => rtp.length > count + 400);
      assert.ok(rtp.slice(-300).every(({ payload }) => payload.at(-1) === 1));
      assert.ok(estimate < 700_000, 'by its estimate it could not have it');
    } finally {
      clearInterval(flow);
      clearInterval(report);
    }
  });

  test('qosDscp marks what an endpoint sends', async () => {
    const setDscp = mock.method(PacketEngine.prototype, 'setDscp');
    try {
      pipeline = await harness.create('MediaPipeline', null);
      for (const [qosDscp, codePoint] of [
        ['EF', 46],
        ['NO_VALUE', undefined],
        ['AF41', 34],
      ] as const) {
        const endpoint = await harness.create('WebRtcEndpoint', pipeline, { qosDscp });
        await harness.invoke(endpoint, 'generateOffer');
        assert.equal(setDscp.mock.calls.at(-1)?.arguments[1], codePoint);
        setDscp.mock.resetCalls();
      }
    } finally {
      setDscp.mock.restore();
    }
  });

  test('the setting marks what endpoints send that do not say it themselves', async () => {
    const setDscp = mock.method(PacketEngine.prototype, 'setDscp');
    const marked = await WorkerHarness.start({ qosDscp: 'AF41' });
    try {
      const top = await marked.create('MediaPipeline', null);
      for (const [type, params, codePoint] of [
        ['WebRtcEndpoint', {}, 34],
        ['WebRtcEndpoint', { qosDscp: 'EF' }, 46],
        ['WebRtcEndpoint', { qosDscp: 'NO_DSCP' }, undefined],
        ['RtpEndpoint', {}, 34],
      ] as const) {
        const endpoint = await marked.create(type, top, params);
        await marked.invoke(endpoint, 'generateOffer');
        assert.equal(setDscp.mock.calls.at(-1)?.arguments[1], codePoint);
        setDscp.mock.resetCalls();
      }
    } finally {
      setDscp.mock.restore();
      await marked.close();
    }
  });

  test('the source hears at once that a viewer can take less', async () => {
    const sender = await presenter(true);
    const viewer = await call(harness, pipeline, { direction: 'recvonly' });
    await harness.invoke(sender.endpoint, 'connect', { sink: viewer.endpoint });
    const [ssrc] = announcedSsrcs(viewer.answer, 'video');
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) =>
      viewer.peer.sendRtcp(buffer.slice(0, length)),
    );
    const estimates = (...bitrates: number[]): void => {
      for (const bitrate of bitrates) {
        writer.begin(99, Buffer.from('viewer'));
        writer.remb(bitrate, [ssrc! | 0], 1);
        writer.finish();
      }
    };
    const asked = (): number[] =>
      sender.peer.rtcp.filter(({ type }) => type === 'REMB').map(({ bitrate }) => bitrate as number);
    let sequence = 0;
    const flow = setInterval(() => {
      sequence++;
      sendVideo(sender, sequence, sequence);
    }, 10);
    try {
      await waitFor('video', () => viewer.peer.rtp.length > 50);
      await waitFor('the bound of the viewer', () => {
        estimates(600_000);
        return Math.abs((asked().at(-1) ?? 0) / 600_000 - 1) < 0.01;
      });
      // What stands for a moment only, nobody would see who looks now and then.
      estimates(100_000, 600_000);
      await waitFor('less to be asked for', () => asked().some((bitrate) => bitrate < 110_000));
    } finally {
      clearInterval(flow);
    }
  });

  test('the source of a viewer that cannot take more is told so', async () => {
    const sender = await presenter(true);
    const viewer = await call(harness, pipeline, { direction: 'recvonly', transportCc: true });
    await harness.invoke(sender.endpoint, 'connect', { sink: viewer.endpoint });
    const emulated = new EmulatedViewer(viewer.peer, SEQUENCE_ID, { delay: 20, rate: 200_000 });
    let sequence = 0;
    const flow = setInterval(() => {
      sequence++;
      sender.peer.sendRtp({
        payloadType: 96,
        marker: true,
        sequence,
        timestamp: sequence * 900,
        ssrc: VIDEO_SSRC,
        payload: vp8Payload(true, 800),
        extensions: new Map([[SEQUENCE_ID, Buffer.from([(sequence >> 8) & 0xff, sequence & 0xff])]]),
      });
    }, 10);
    const asked = (): number =>
      (sender.peer.rtcp.filter(({ type }) => type === 'REMB').at(-1)?.bitrate as number | undefined) ?? 0;
    try {
      await waitFor('a REMB below the capacity', () => asked() > 0 && asked() < 200_000);
      await harness.release(viewer.endpoint);
      await waitFor('the bound to go with the viewer', () => asked() > 100_000_000);
    } finally {
      clearInterval(flow);
      emulated.stop();
    }
  });
});
