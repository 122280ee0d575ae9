import type { ContainerOutput } from '@rivero/containers';

/** What can go wrong with a place to write to, named as GStreamer's and Kurento's resource errors, with their numbers. */
export const ResourceError = {
  RESOURCE_ERROR_FAILED: 1,
  RESOURCE_ERROR_NOT_FOUND: 3,
  RESOURCE_ERROR_OPEN_WRITE: 6,
  RESOURCE_ERROR_WRITE: 10,
  RESOURCE_ERROR_NO_SPACE_LEFT: 14,
  RESOURCE_ERROR_NOT_AUTHORIZED: 15,
} as const;

export type ResourceErrorType = keyof typeof ResourceError;

/** A recording could not be stored, or not all of it. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: number;

  constructor(
    readonly type: ResourceErrorType,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = ResourceError[type];
  }
}

/**
 * Where a recording's bytes go. What is appended and patched is written in that order, without waiting; the first failure is
 * told once, and nothing is written after it. What was written until then stays.
 */
export interface Storage extends ContainerOutput {
  /** @throws {StorageError} there can be nothing written */
  open(): Promise<void>;
  /** Puts what has come so far where it belongs, as for a pause: nothing is held back to be written together with more. */
  flush?(): Promise<void> | void;
  /**
   * Waits until everything is where it belongs. Idempotent.
   * @throws {StorageError} it is not; told here only when `onError` was not called
   */
  close(): Promise<void>;
  /** Told at most once, of a failure while the recording runs. */
  onError: ((error: StorageError) => void) | undefined;
}
