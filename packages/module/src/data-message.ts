/** Largest message, bytes: what browsers take. */
export const MAX_DATA_BYTES = 262_144;

/** A message of a data channel: text as a string, bytes as they are. */
export interface DataMessage {
  readonly data: string | Uint8Array;
  /** Label of the data channel that it came by, or is to go by. */
  readonly label: string;
}
