import {
  type ContainerCodec,
  type ContainerOutput,
  type ContainerWriter,
  FlvWriter,
  JpegWriter,
  MatroskaWriter,
  Mp4Writer,
} from '@rivero/containers';

type Kind = 'audio' | 'video';

/** What a media profile of a recorder stands for (Kurento: MediaProfileSpecType). */
export interface RecordingProfile {
  /**
   * Codecs that are stored as they come, the first of which is what others are transcoded to; none: that kind is not recorded.
   */
  readonly codecs: Readonly<Record<Kind, readonly ContainerCodec[]>>;
  /** Whether several sources of one kind become tracks of their own. */
  readonly severalTracks: boolean;
  readonly contentType: string;
  /** @param date when the recording begins, ms since 1970 */
  writer(output: ContainerOutput, date: number): ContainerWriter;
}

const WEBM_VIDEO: readonly ContainerCodec[] = ['VP8', 'VP9', 'AV1'];
const MATROSKA_VIDEO: readonly ContainerCodec[] = ['H264', 'VP8', 'VP9', 'AV1', 'H265'];
const MATROSKA_AUDIO: readonly ContainerCodec[] = ['OPUS', 'AAC', 'PCMU', 'PCMA'];
const MP4_VIDEO: readonly ContainerCodec[] = ['H264', 'H265', 'VP9', 'AV1'];
const MP4_AUDIO: readonly ContainerCodec[] = ['AAC', 'OPUS'];

function matroska(
  docType: 'webm' | 'matroska',
  video: readonly ContainerCodec[],
  audio: readonly ContainerCodec[],
  severalTracks = false,
): RecordingProfile {
  const type = docType === 'webm' ? 'webm' : 'x-matroska';
  return {
    codecs: { video, audio },
    severalTracks,
    contentType: `${video.length > 0 ? 'video' : 'audio'}/${type}`,
    writer: (output, date) => new MatroskaWriter(output, { docType, date }),
  };
}

function mp4(video: readonly ContainerCodec[], audio: readonly ContainerCodec[]): RecordingProfile {
  return {
    codecs: { video, audio },
    severalTracks: false,
    contentType: video.length > 0 ? 'video/mp4' : 'audio/mp4',
    writer: (output, date) => new Mp4Writer(output, { date }),
  };
}

/** All media profiles by name. */
export const recordingProfiles: Readonly<Record<string, RecordingProfile>> = {
  WEBM: matroska('webm', WEBM_VIDEO, ['OPUS']),
  WEBM_VIDEO_ONLY: matroska('webm', WEBM_VIDEO, []),
  WEBM_AUDIO_ONLY: matroska('webm', [], ['OPUS']),
  MKV: matroska('matroska', MATROSKA_VIDEO, MATROSKA_AUDIO),
  MKV_VIDEO_ONLY: matroska('matroska', MATROSKA_VIDEO, []),
  MKV_AUDIO_ONLY: matroska('matroska', [], MATROSKA_AUDIO),
  MP4: mp4(MP4_VIDEO, MP4_AUDIO),
  MP4_VIDEO_ONLY: mp4(MP4_VIDEO, []),
  MP4_AUDIO_ONLY: mp4([], MP4_AUDIO),
  FLV: {
    codecs: { video: ['H264'], audio: ['AAC', 'PCMU', 'PCMA'] },
    severalTracks: false,
    contentType: 'video/x-flv',
    writer: (output) => new FlvWriter(output),
  },
  JPEG_VIDEO_ONLY: {
    codecs: { video: ['JPEG'], audio: [] },
    severalTracks: false,
    contentType: 'video/x-motion-jpeg',
    writer: (output) => new JpegWriter(output),
  },
  // Every source that is connected becomes a track of one file, under the media description that it was connected with.
  KURENTO_SPLIT_RECORDER: matroska('matroska', MATROSKA_VIDEO, MATROSKA_AUDIO, true),
};
