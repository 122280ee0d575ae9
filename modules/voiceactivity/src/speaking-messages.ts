/** What a VoiceActivityDetector says by DATA connections. */
export const SPEAKING = 'speaking';
export const SILENT = 'silent';
/** SPEAKING is said again after so long, ms, so that who has not heard from the detector for longer knows that it is gone. */
export const REPEAT_MS = 1000;
/** Speech of which nothing is heard for so long is over, ms: two repetitions may be late. */
export const FORGET_MS = 2500;
