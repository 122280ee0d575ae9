export { BitMask } from './bit-mask.js';
export { type Hsv, rgbToHsv, rgbToYuv, type Yuv, yuvToRgb } from './colour.js';
export { ColourHistogram, ColourMask, type ColourRange, inRange } from './colour-range.js';
export { type Component, Components } from './components.js';
export { outline, quadrilateral } from './contour.js';
export {
  BLUE,
  blendPixel,
  drawDisc,
  drawImage,
  drawLine,
  drawPolygon,
  drawRectangle,
  fillRectangle,
  GREEN,
  RED,
  setPixel,
  WHITE,
} from './draw.js';
export { fillPolygon } from './fill-polygon.js';
export { GLYPH_HEIGHT, GLYPH_WIDTH, hasDot, renderText } from './font.js';
export { decodeImage, encodeJpeg, loadImage } from './image-file.js';
export { type Flow, featuresIn, follow, Pyramid } from './optical-flow.js';
export { type Homography, homographyOf, project } from './perspective.js';
export {
  clip,
  makePicture,
  makePlane,
  type Picture,
  type Plane,
  type Point,
  pictureFrom,
  type Rectangle,
  type Rgba,
} from './picture.js';
export { decodePng, encodePng } from './png.js';
export { pictureOf, reducePlane, resizePart, resizeRgba, sampleAt } from './resize.js';
export { AdaptiveThreshold, otsu } from './threshold.js';
