/**
 * Code points of Differentiated Services (RFC 2474) by the names of Kurento's DSCPValue, with Kurento's numbers: the classes
 * of RFC 4594 and RFC 8622, and for AUDIO_…, VIDEO_… and DATA_… those of RFC 8837.
 */
const CODE_POINTS: Readonly<Record<string, number>> = {
  CS0: 0,
  CS1: 8,
  CS2: 16,
  CS3: 24,
  CS4: 32,
  CS5: 40,
  CS6: 48,
  CS7: 56,
  AF11: 10,
  AF12: 12,
  AF13: 14,
  AF21: 18,
  AF22: 20,
  AF23: 22,
  AF31: 26,
  AF32: 28,
  AF33: 30,
  AF41: 34,
  AF42: 36,
  AF43: 38,
  EF: 46,
  VOICEADMIT: 44,
  LE: 1,
  AUDIO_VERYLOW: 1,
  AUDIO_LOW: 0,
  AUDIO_MEDIUM: 46,
  AUDIO_HIGH: 46,
  VIDEO_VERYLOW: 1,
  VIDEO_LOW: 0,
  VIDEO_MEDIUM: 36,
  VIDEO_MEDIUM_THROUGHPUT: 38,
  VIDEO_HIGH: 36,
  VIDEO_HIGH_THROUGHPUT: 34,
  DATA_VERYLOW: 1,
  DATA_LOW: 0,
  DATA_MEDIUM: 10,
  DATA_HIGH: 18,
  CHROME_HIGH: 56,
  CHROME_MEDIUM: 56,
  CHROME_LOW: 0,
  CHROME_VERYLOW: 8,
};

/** The code point of a DSCPValue, 0 to 63; 0, which marks nothing, for NO_DSCP. NO_VALUE takes that of the server's setting. */
export function codePointOf(value: string, setting: string): number {
  return CODE_POINTS[value === 'NO_VALUE' ? setting : value] ?? 0;
}
