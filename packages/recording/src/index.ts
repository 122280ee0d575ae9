export type { GapsFix } from './gap-closer.js';
export { LiveStorage } from './live/live-storage.js';
export { type RecordingProfile, recordingProfiles } from './profile.js';
export { type RecordedFrame, Recording, type RecordingInput, type RecordingListener } from './recording.js';
export { FileStorage } from './storage/file-storage.js';
export { HLS_KEY_FRAME_MS, HlsStorage, hlsProfile } from './storage/hls-storage.js';
export { HttpStorage, type HttpStorageOptions } from './storage/http-storage.js';
export { type S3Account, S3Storage, type S3StorageOptions } from './storage/s3-storage.js';
export { ResourceError, type ResourceErrorType, type Storage, StorageError } from './storage/storage.js';
