import type { MediaDescription, SessionDescription } from './model.js';
import { parseSessionDescription } from './parse.js';

/** Of a text of our own there is no bound. */
const LIMITS = {
  maxBytes: Number.POSITIVE_INFINITY,
  maxLines: Number.POSITIVE_INFINITY,
  maxMedia: Number.POSITIVE_INFINITY,
};

/**
 * Reads what formatSessionDescription wrote, so that writing it again gives the same text: an m-line does not get the
 * session's connection as one of its own.
 */
export function parseOwnDescription(text: string): SessionDescription {
  const description = parseSessionDescription(text, LIMITS);
  return { ...description, media: description.media.map((media) => asWritten(media, description)) };
}

function asWritten(media: MediaDescription, session: SessionDescription): MediaDescription {
  if (media.connection === undefined || media.connection !== session.connection) return media;
  const { connection: _, ...rest } = media;
  return rest;
}
