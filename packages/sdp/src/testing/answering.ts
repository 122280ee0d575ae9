/** Answers fixtures and checks that the text says what the description says. */

import assert from 'node:assert/strict';
import { type AnswerOptions, createAnswer } from '../answer.js';
import { sameName } from '../codecs.js';
import type { MediaDescription } from '../model.js';
import { parseSessionDescription } from '../parse.js';
import { ANSWER_OPTIONS, fixture } from './fixtures.js';

export function answer(name: string, options: AnswerOptions = ANSWER_OPTIONS) {
  return answerText(fixture(name), options);
}

export function answerText(text: string, options: AnswerOptions = ANSWER_OPTIONS) {
  const result = createAnswer(parseSessionDescription(text), options);
  // What is written is what was meant.
  const written = parseSessionDescription(result.text);
  assert.deepEqual(
    written.media.map(({ port, formats, direction }) => ({ port, formats, direction })),
    result.description.media.map(({ port, formats, direction }) => ({ port, formats, direction })),
  );
  return { ...result, written };
}

/** Payload types without rtx, which Kurento has not. */
export function formats(media: MediaDescription | undefined): string[] {
  const rtx = media?.payloads
    .filter(({ name }) => sameName(name, 'rtx'))
    .map(({ payloadType }) => String(payloadType));
  return (media?.formats ?? []).filter((format) => !rtx?.includes(format));
}
