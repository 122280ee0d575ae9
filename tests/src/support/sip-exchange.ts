/** A telephone exchange of two lines: each phone that calls gets an RtpEndpoint, and the second one talks to the first. */
import type { MediaPipeline, RtpEndpoint } from '@rivero/client';
import { type Client, connect } from '@rivero/client';
import { type IncomingCall, SipServer } from '@rivero/example-sip-bridge';

export class SipExchange {
  readonly #client: Client;
  readonly #sip: SipServer;
  readonly pipeline: MediaPipeline;
  readonly lines: { call: IncomingCall; endpoint: RtpEndpoint; offers: string[]; answers: string[] }[] = [];
  readonly failures: unknown[] = [];

  private constructor(client: Client, sip: SipServer, pipeline: MediaPipeline) {
    this.#client = client;
    this.#sip = sip;
    this.pipeline = pipeline;
    sip.on('call', (call) => {
      this.#take(call).catch((error: unknown) => {
        this.failures.push(error);
        call.hangUp();
      });
    });
  }

  static async open(uri: string, address = '127.0.0.1'): Promise<SipExchange> {
    const client = await connect(uri);
    const pipeline = await client.create('MediaPipeline');
    return new SipExchange(client, await SipServer.open(0, address), pipeline);
  }

  get port(): number {
    return this.#sip.port;
  }

  async #take(call: IncomingCall): Promise<void> {
    const endpoint = await this.pipeline.create('RtpEndpoint');
    const line = { call, endpoint, offers: [] as string[], answers: [] as string[] };
    const negotiate = async (offer: string): Promise<string> => {
      line.offers.push(offer);
      const answer = await endpoint.processOffer(offer);
      line.answers.push(answer);
      return answer;
    };
    const other = this.lines[0];
    this.lines.push(line);
    call.once('ended', () => void endpoint.release().catch(() => {}));
    if (other !== undefined) {
      await endpoint.connect(other.endpoint);
      await other.endpoint.connect(endpoint);
    }
    call.onOffer(negotiate);
    call.answer(await negotiate(call.offer));
  }

  async close(): Promise<void> {
    await this.#sip.close();
    await this.pipeline.release();
    await this.#client.close();
  }
}
