import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';

/** A delivered picture, as a gRPC server of others has received it. */
export interface ReceivedImage {
  readonly codec: string;
  readonly data: Buffer;
  readonly timestamp: string;
  readonly pipelineId: string;
  readonly metadata: string;
  /** Keys and values. */
  readonly tags: readonly (readonly [string, string])[];
}

/** A receiver of pictures: a server of @grpc/grpc-js. */
export class ImageReceiver {
  readonly images: ReceivedImage[] = [];
  /** Whether calls are refused. */
  refuses = false;
  readonly #server = new Server();

  /** @returns the receiver and its address */
  static async start(): Promise<{ receiver: ImageReceiver; address: string }> {
    const receiver = new ImageReceiver();
    const definition = {
      deliverImage: {
        path: '/videoSampler.ImageDeliver/deliverImage',
        requestStream: false,
        responseStream: false,
        requestSerialize: (value: Buffer) => value,
        requestDeserialize: (bytes: Buffer) => bytes,
        responseSerialize: (value: Buffer) => value,
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    };
    receiver.#server.addService(definition, {
      deliverImage: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
        if (receiver.refuses) {
          answer({ code: status.RESOURCE_EXHAUSTED, details: 'no more' });
          return;
        }
        receiver.images.push(parse(call.request));
        answer(null, Buffer.alloc(0));
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      receiver.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return { receiver, address: `127.0.0.1:${port}` };
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

/** Reads SampleImage by the rules of protocol buffers, not by those of our writer. */
function parse(bytes: Buffer): ReceivedImage {
  const fields = fieldsOf(bytes);
  const text = (number: number): string => fields.get(number)?.at(-1)?.toString() ?? '';
  return {
    codec: text(1),
    data: Buffer.from(fields.get(2)?.at(-1) ?? []),
    timestamp: text(3),
    pipelineId: text(4),
    metadata: text(5),
    tags: (fields.get(6) ?? []).map((tag) => {
      const parts = fieldsOf(tag);
      return [parts.get(1)?.at(-1)?.toString() ?? '', parts.get(2)?.at(-1)?.toString() ?? ''];
    }),
  };
}

/** The fields of a message, each with its values in their order. */
function fieldsOf(bytes: Buffer): Map<number, Buffer[]> {
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if ((tag & 7) !== 2) throw new Error(`wire type ${tag & 7}`);
    const length = varint();
    const values = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, [...values, bytes.subarray(at, at + length)]);
    at += length;
  }
  return fields;
}
