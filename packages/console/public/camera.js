/** Camera and microphone can't be used; the message says what a person can do about it. */
export class CameraError extends Error {
  name = 'CameraError';
}

const HELP = {
  NotAllowedError:
    'The browser did not allow camera and microphone. Allow them for this page (the symbol beside the address), then start again.',
  NotFoundError: 'No camera and no microphone were found. Plug one in, then start again.',
  NotReadableError:
    'The camera or microphone is there but gives nothing: another program probably uses it. Close that program, then start again.',
};

/**
 * Opens camera and microphone, or the one of them that exists.
 * @returns {Promise<MediaStream>} rejects with CameraError
 */
export async function openCamera() {
  if (!navigator.mediaDevices) {
    throw new CameraError(
      `Browsers give cameras only to pages from https:// or from http://localhost; this page came from ${location.origin}. Open it through localhost (an SSH tunnel will do) or put an HTTPS proxy before the server.`,
    );
  }
  const video = { width: { ideal: 640 }, height: { ideal: 480 } };
  let failure;
  for (const constraints of [{ audio: true, video }, { video }, { audio: true }]) {
    try {
      return await navigator.mediaDevices.getUserMedia(constraints);
    } catch (error) {
      failure ??= error;
      if (error.name !== 'NotFoundError') break;
    }
  }
  throw new CameraError(HELP[failure.name] ?? `Camera and microphone can't be opened: ${failure.message}`);
}
