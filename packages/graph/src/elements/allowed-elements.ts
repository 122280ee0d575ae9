/**
 * What clients may run as a GStreamerFilter. Whoever may use the media server's protocol would otherwise have all of GStreamer: elements
 * that read and write files, that open connections, that load code.
 */

/**
 * The entry `effects`: elements that change, analyse or time pictures and sound, and do nothing else: no files, no network, no code of
 * others. allowed-elements.test.ts looks at the properties of each.
 */
export const EFFECTS: ReadonlySet<string> = new Set(
  [
    // flow
    'capsfilter identity queue valve volume level errorignore watchdog',
    // sound
    'audioconvert audioresample audiorate audioamplify audiochebband audiocheblimit audiodynamic audioecho audiofirfilter audioiirfilter',
    'audioinvert audiokaraoke audiopanorama audiowsinclimit audiowsincband equalizer-3bands equalizer-10bands equalizer-nbands',
    'pitch bpmdetect removesilence scaletempo stereo freeverb rgvolume rglimiter spectrum cutter speed bs2b dtmfdetect',
    // geometry, time and colour of pictures
    'videoflip videocrop aspectratiocrop videobox videoscale videorate videoconvert videoconvertscale deinterlace avdeinterlace',
    'videobalance videomedian videodiff gamma alpha alphacolor smptealpha smooth dilate gaussianblur',
    'chromahold coloreffects chromium dodge exclusion solarize burn',
    'bulge circle diffuse fisheye kaleidoscope marble mirror perspective pinch rotate sphere square stretch tunnel twirl waterripple dewarp',
    'agingtv dicetv edgetv optv quarktv radioactv revtv rippletv shagadelictv streaktv vertigotv warptv',
    // text on pictures, and what is seen in them
    'textoverlay timeoverlay clockoverlay zebrastripe scenechange videoanalyse simplevideomark simplevideomarkdetect zbar',
    'edgedetect cvsobel cvlaplace cvsmooth cvdilate cverode cvequalizehist retinex segmentation skindetect',
  ].flatMap((line) => line.split(' ')),
);

/** Parts of the names of properties that lead out of the pipeline. */
const OUTWARD =
  /(^|-)(location|uri|url|path|file|filename|datafile|profile|template|dump|host|address|port|fd|plugin|script|command|model|device|settings)(-|$)/;
/** Kinds of elements that lead out of the pipeline, as parts of GStreamer's classification. */
const OUTWARD_KINDS = /(^|\/)(Source|Sink|Network|File|Device)(\/|$)/;

/**
 * The list of what may run: names of elements, `effects`, or `*` for all but those that lead out of the pipeline by their kind. What is not
 * named itself can't have properties set that lead out of it.
 */
export class AllowedElements {
  readonly #names: ReadonlySet<string>;

  constructor(list: readonly string[]) {
    this.#names = new Set(list);
  }

  /** @param classification GStreamer's, such as `Filter/Effect/Video` */
  allows(factory: string, classification: string): boolean {
    if (this.#names.has(factory)) return true;
    if (this.#names.has('effects') && EFFECTS.has(factory)) return true;
    return this.#names.has('*') && !OUTWARD_KINDS.test(classification);
  }

  /** @param property GStreamer takes underscores for hyphens */
  allowsProperty(factory: string, property: string): boolean {
    return this.#names.has(factory) || !OUTWARD.test(property.replaceAll('_', '-'));
  }
}
