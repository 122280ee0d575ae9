/**
 * Every error of the Kurento Protocol: name (the `data.type` of an error answer) and code.
 * Ranges: 40000 generic, 40100 media object, 40200 SDP, 40300 HTTP, 40400 ICE, 40500 server manager,
 * 40600 URI, 40700 player, 49000 to 49999 modules. Misspelt names are Kurento's.
 */
export const errors = {
  // JSON-RPC 2.0, section 5.1
  PARSE_ERROR: { code: -32700, doc: 'The text is not JSON.' },
  INVALID_REQUEST: { code: -32600, doc: 'The JSON is not a JSON-RPC 2.0 request.' },
  METHOD_NOT_FOUND: { code: -32601, doc: 'The protocol has no such method.' },
  INVALID_PARAMS: { code: -32602, doc: 'The method needs params and got none.' },
  INTERNAL_ERROR: { code: -32603, doc: 'The request could not be processed.' },
  SERVER_ERROR: { code: -32000, doc: 'A member of params is missing or has the wrong type.' },

  // 40000: generic
  MARSHALL_ERROR: { code: 40001, doc: 'A parameter is missing or cannot be converted to its type.' },
  UNEXPECTED_ERROR: { code: 40003, doc: 'Something failed inside the server.' },
  CONNECT_ERROR: { code: 40004, doc: 'Two elements cannot be connected.' },
  UNSUPPORTED_MEDIA_TYPE: { code: 40005, doc: 'The operation does not support this media type.' },
  NOT_IMPLEMENTED: { code: 40006, doc: 'The operation is known, but not implemented.' },
  INVALID_SESSION: { code: 40007, doc: 'The session does not exist or owns nothing.' },
  MALFORMED_TRANSACTION: { code: 40008, doc: 'Unknown operation, or a transaction that cannot be resolved.' },
  NOT_ENOUGH_RESOURCES: { code: 40009, doc: 'A configured limit is reached.' },

  // 40100: media object
  MEDIA_OBJECT_NOT_FOUND: { code: 40101, doc: 'No object has this id.' },
  MEDIA_OBJECT_CONSTRUCTOR_NOT_FOUND: { code: 40104, doc: 'The class has no such constructor.' },
  MEDIA_OBJECT_METHOD_NOT_FOUND: { code: 40105, doc: 'The object has no such method.' },
  MEDIA_OBJECT_EVENT_NOT_SUPPORTED: { code: 40106, doc: 'The object never emits this event.' },
  MEDIA_OBJECT_ILLEGAL_PARAM_ERROR: { code: 40107, doc: 'A parameter has a value that is not allowed.' },
  MEDIA_OBJECT_NOT_AVAILABLE: { code: 40108, doc: 'No class of this name can be created.' },
  MEDIA_OBJECT_NOT_FOUND_TRANSACTION_NO_COMMIT: {
    code: 40109,
    doc: 'A newref: id was used outside the transaction that would define it.',
  },
  MEDIA_OBJECT_TAG_KEY_NOT_FOUND: { code: 40110, doc: 'The object has no tag of this key.' },
  MEDIA_OBJECT_OPERATION_NOT_SUPPORTED: {
    code: 40111,
    doc: 'The object cannot do this in its configuration or state.',
  },

  // 40200: SDP
  SDP_CREATE_ERROR: { code: 40200, doc: 'No session description could be made.' },
  SDP_PARSE_ERROR: { code: 40201, doc: 'The text is no session description.' },
  SDP_END_POINT_NO_LOCAL_SDP_ERROR: { code: 40202, doc: 'The endpoint has no local description yet.' },
  SDP_END_POINT_NO_REMOTE_SDP_ERROR: { code: 40203, doc: 'The endpoint has no remote description yet.' },
  SDP_END_POINT_GENERATE_OFFER_ERROR: { code: 40204, doc: 'The offer could not be generated.' },
  SDP_END_POINT_PROCESS_OFFER_ERROR: { code: 40205, doc: 'The offer could not be processed.' },
  SDP_END_POINT_PROCESS_ANSWER_ERROR: { code: 40206, doc: 'The answer could not be processed.' },
  SDP_CONFIGURATION_ERROR: { code: 40207, doc: 'The configuration of SDP is wrong.' },
  SDP_END_POINT_ALREADY_NEGOTIATED: { code: 40208, doc: 'The endpoint has already been negotiated.' },
  SDP_END_POINT_NOT_OFFER_GENERATED: { code: 40209, doc: 'An answer came before any offer was generated.' },
  SDP_END_POINT_ANSWER_ALREADY_PROCCESED: { code: 40210, doc: 'An answer has already been processed.' },
  SDP_END_POINT_CANNOT_CREATE_SESSON: { code: 40211, doc: 'The SDP session could not be created.' },

  // 40300: HTTP
  HTTP_END_POINT_REGISTRATION_ERROR: { code: 40300, doc: 'The endpoint could not be registered at its URL.' },

  // 40400: ICE
  ICE_GATHER_CANDIDATES_ERROR: { code: 40400, doc: 'Gathering of candidates could not be started.' },
  ICE_ADD_CANDIDATE_ERROR: { code: 40401, doc: 'The candidate belongs to no media line.' },

  // 40500: server manager. Kurento gives this code no name of its own.
  UNDEFINED: { code: 40500, doc: 'An error without a name; here: no descriptor of this module.' },

  // 40600: URI
  URI_PATH_FILE_NOT_FOUND: { code: 40600, doc: 'The file of the URI does not exist.' },

  // 40700: player
  PLAYER_SEEK_FAIL: { code: 40700, doc: 'The position could not be set.' },
} as const satisfies Record<string, { code: number; doc: string }>;

/** Name of an error, as clients see it in `error.data.type`. */
export type ErrorType = keyof typeof errors;

const typeByCode: ReadonlyMap<number, ErrorType> = new Map(
  Object.entries(errors).map(([type, { code }]) => [code, type as ErrorType]),
);

/** The name of an error code; a code without a name is `UNDEFINED`, as in Kurento. */
export function errorTypeOf(code: number): ErrorType {
  return typeByCode.get(code) ?? 'UNDEFINED';
}

/** The error object of a JSON-RPC answer. */
export interface ErrorBody {
  code: number;
  message: string;
  data?: Record<string, unknown>;
}

/** Extra members for `error.data`, and a code of its own for a module's error (49000 to 49999). */
export interface KurentoErrorData {
  code?: number;
  [member: string]: unknown;
}

/** An error that the client gets to see, with the code and type of the Kurento Protocol. */
export class KurentoError extends Error {
  readonly type: ErrorType;
  readonly code: number;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(type: ErrorType, message: string, data?: KurentoErrorData) {
    super(message);
    this.name = 'KurentoError';
    this.type = type;
    const { code, ...members } = data ?? {};
    this.code = code ?? errors[type].code;
    this.data = Object.keys(members).length > 0 ? members : undefined;
  }

  /** The `error` member of the answer. Errors of the JSON-RPC range carry no type, except INVALID_PARAMS. */
  toBody(): ErrorBody {
    const typed = this.code > 0 || this.type === 'INVALID_PARAMS';
    const body: ErrorBody = { code: this.code, message: this.message };
    if (typed || this.data) body.data = { ...this.data, ...(typed ? { type: this.type } : {}) };
    return body;
  }

  /** Whatever was thrown, as a KurentoError: coded errors stay, all others become UNEXPECTED_ERROR. */
  static from(thrown: unknown): KurentoError {
    if (thrown instanceof KurentoError) return thrown;
    return new KurentoError('UNEXPECTED_ERROR', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

const NEW_REFERENCE = /^newref:/;

/** 40101, or 40109 for an id that only a transaction could have resolved. */
export function objectNotFound(id: string): KurentoError {
  if (NEW_REFERENCE.test(id)) {
    return new KurentoError(
      'MEDIA_OBJECT_NOT_FOUND_TRANSACTION_NO_COMMIT',
      `Object '${id}' not found. Possibly using a transactional object without committing the transaction.`,
    );
  }
  return new KurentoError('MEDIA_OBJECT_NOT_FOUND', `Object '${id}' not found`);
}

/** 40107: the object exists but is of another class. (Kurento answers bad_weak_ptr here, or dies.) */
export function objectOfWrongClass(id: string, className: string): KurentoError {
  return new KurentoError('MEDIA_OBJECT_ILLEGAL_PARAM_ERROR', `Object '${id}' is not a ${className}`);
}

/** 40008: the object's class has no such operation. `params` are the operationParams as they came. */
export function operationNotFound(operation: string, params: unknown): KurentoError {
  const count = typeof params === 'object' && params !== null ? Object.keys(params).length : 0;
  return new KurentoError(
    'MALFORMED_TRANSACTION',
    `Method '${operation}' with ${count} parameters not found`,
  );
}

/** 40106: objects of this class never emit the event. */
export function eventNotSupported(event: string): KurentoError {
  return new KurentoError('MEDIA_OBJECT_EVENT_NOT_SUPPORTED', `Event '${event}' not supported`);
}

/** 40108: no such class, or one that cannot be created. */
export function factoryNotFound(type: string): KurentoError {
  return new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', `Factory '${type}' not found`);
}

/** 40500: getKmd of a module that is not loaded. */
export function descriptorNotFound(): KurentoError {
  return new KurentoError('UNDEFINED', "Requested kmd module doesn't exist");
}
