/** The server refused a request: `code` and `data.type` name the reason (see the protocol's error codes). */
export class KurentoRequestError extends Error {
  /** @param {{ code: number, message: string, data?: unknown }} error */
  constructor(error) {
    super(`${error.message} (code ${error.code})`);
    this.name = 'KurentoRequestError';
    this.code = error.code;
    this.data = error.data;
  }
}

/** The connection can't be opened, or was lost. */
export class ConnectionLostError extends Error {
  name = 'ConnectionLostError';
}

const PING_INTERVAL_MS = 60_000;

/**
 * A connection that speaks the Kurento Protocol: JSON-RPC 2.0 over a WebSocket.
 * Dispatches `close` when the connection is lost or closed.
 */
export class KurentoConnection extends EventTarget {
  #socket;
  #sessionId;
  #nextId = 1;
  /** Requests without an answer yet: id → { resolve, reject }. */
  #pending = new Map();
  /** Event listeners: object id → event type → functions. */
  #listeners = new Map();
  #pings;

  /**
   * @param {string} uri such as ws://localhost:8888/kurento
   * @returns {Promise<KurentoConnection>} rejects with ConnectionLostError
   */
  static open(uri) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(uri);
      const refuse = () => {
        // What a token in the query is, is nobody's business.
        const shown = uri.replace(/\?.*/, '');
        reject(new ConnectionLostError(`No media server answers at ${shown}, or it asks for another token.`));
      };
      socket.addEventListener('close', refuse);
      socket.addEventListener('open', () => {
        socket.removeEventListener('close', refuse);
        resolve(new KurentoConnection(socket));
      });
    });
  }

  /** @param {WebSocket} socket an open one */
  constructor(socket) {
    super();
    this.#socket = socket;
    this.#pings = setInterval(() => this.request('ping', {}).catch(() => {}), PING_INTERVAL_MS);
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data)));
    socket.addEventListener('close', () => {
      clearInterval(this.#pings);
      for (const { reject } of this.#pending.values()) {
        reject(new ConnectionLostError('The connection to the media server was lost.'));
      }
      this.#pending.clear();
      this.dispatchEvent(new Event('close'));
    });
  }

  /** @returns {Promise<string>} id of the new object */
  async create(type, constructorParams = {}) {
    return (await this.request('create', { type, constructorParams })).value;
  }

  /** @returns {Promise<unknown>} what the operation returns */
  async invoke(object, operation, operationParams = {}) {
    return (await this.request('invoke', { object, operation, operationParams })).value;
  }

  /** Calls the listener with the data of each event of this type. */
  async subscribe(object, type, listener) {
    const ofObject = this.#listeners.get(object) ?? new Map();
    this.#listeners.set(object, ofObject.set(type, [...(ofObject.get(type) ?? []), listener]));
    await this.request('subscribe', { object, type });
  }

  async release(object) {
    this.#listeners.delete(object);
    await this.request('release', { object });
  }

  /** @returns {Promise<{ value?: unknown, sessionId?: string }>} rejects with KurentoRequestError or ConnectionLostError */
  request(method, params) {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return Promise.reject(new ConnectionLostError('The connection to the media server is closed.'));
    }
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      const session = this.#sessionId && { sessionId: this.#sessionId };
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, ...session } }));
    });
  }

  close() {
    this.#socket.close();
  }

  #receive(message) {
    if (message.method === 'onEvent') {
      const { object, type, data } = message.params.value;
      for (const listener of this.#listeners.get(object)?.get(type) ?? []) listener(data);
      return;
    }
    const request = this.#pending.get(message.id);
    if (!request) return;
    this.#pending.delete(message.id);
    if (message.error) {
      request.reject(new KurentoRequestError(message.error));
      return;
    }
    this.#sessionId = message.result?.sessionId ?? this.#sessionId;
    request.resolve(message.result ?? {});
  }
}
