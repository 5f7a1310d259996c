// Downscales exactly as Pillow does for visualsearch/embedding/preprocess.py: averages whole blocks first, then applies
// a triangle filter. A canvas scales differently in every browser.

// Pixels are {width, height, data}: three bytes per pixel, row by row.
const CHANNELS = 3;
const REDUCING_GAP = 2; // average blocks only while at least this factor remains for the filter
const STRIP = 4_000_000; // pixels drawn at a time, so that a large photo is never in memory twice

// Returns `box` at `width` by `height` pixels, without reading outside `bounds`. Both are [left, top, right, bottom],
// in pixels of the bitmap divided by `step`, the factor by which a JPEG decoder shrinks.
export function sample(bitmap, step, bounds, box, width, height) {
  const factors = [factor(box[2] - box[0], width), factor(box[3] - box[1], height)];
  const source = sourceBox(box, width, height, bounds);
  const pixels = averageBlocks(bitmap, step, source, factors);
  const [left, right] = [box[0], box[2]].map((x) => (x - source[0]) / factors[0]);
  const [top, bottom] = [box[1], box[3]].map((y) => (y - source[1]) / factors[1]);
  return filterColumns(filterRows(pixels, left, right, width), top, bottom, height);
}

function factor(length, target) {
  return Math.floor(length / target / REDUCING_GAP) || 1;
}

// Returns the whole pixels that the filter reads.
function sourceBox([left, top, right, bottom], width, height, bounds) {
  const [x, y] = [(right - left) / width / 2, (bottom - top) / height / 2];
  return [
    Math.max(bounds[0], Math.floor(left - x)),
    Math.max(bounds[1], Math.floor(top - y)),
    Math.min(bounds[2], Math.ceil(right + x)),
    Math.min(bounds[3], Math.ceil(bottom + y)),
  ];
}

// Averages blocks of pixels, on a white background.
function averageBlocks(bitmap, step, [left, top, right, bottom], [across, down]) {
  const [blockWidth, blockHeight] = [step * across, step * down];
  const [x, y] = [left * step, top * step];
  const [wide, high] = [Math.min(right * step, bitmap.width) - x, Math.min(bottom * step, bitmap.height) - y];
  const pixels = blank(Math.ceil(wide / blockWidth), Math.ceil(high / blockHeight));
  const rows = Math.max(1, Math.floor(STRIP / (wide * blockHeight)));
  const canvas = new OffscreenCanvas(wide, Math.min(high, rows * blockHeight));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  for (let row = 0; row < pixels.height; row += rows) {
    const from = row * blockHeight;
    const lines = Math.min(canvas.height, high - from);
    context.fillRect(0, 0, wide, lines);
    context.drawImage(bitmap, x, y + from, wide, lines, 0, 0, wide, lines);
    averageStrip(context.getImageData(0, 0, wide, lines), blockWidth, blockHeight, pixels, row);
  }
  return pixels;
}

function averageStrip(strip, blockWidth, blockHeight, pixels, row) {
  const sums = new Float64Array(pixels.width * CHANNELS);
  for (let top = 0; top < strip.height; top += blockHeight, row += 1) {
    const bottom = Math.min(top + blockHeight, strip.height);
    sums.fill(0);
    for (let y = top; y < bottom; y += 1) {
      for (let x = 0, at = y * strip.width * 4; x < strip.width; x += 1, at += 4) {
        const to = Math.floor(x / blockWidth) * CHANNELS;
        for (let channel = 0; channel < CHANNELS; channel += 1) sums[to + channel] += strip.data[at + channel];
      }
    }
    for (let index = 0; index < sums.length; index += 1) {
      const left = Math.floor(index / CHANNELS) * blockWidth;
      const count = (Math.min(left + blockWidth, strip.width) - left) * (bottom - top);
      pixels.data[row * sums.length + index] = Math.floor(sums[index] / count + 0.5);
    }
  }
}

// Returns, for each of `size` results between `from` and `to`, the first source pixel and the weights from there on.
function weights(from, to, size, limit) {
  const scale = (to - from) / size;
  const width = Math.max(1, scale);
  return Array.from({ length: size }, (_, index) => {
    const centre = from + (index + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - width + 0.5));
    const last = Math.min(limit, Math.floor(centre + width + 0.5));
    const parts = Array.from({ length: last - first }, (__, step) =>
      Math.max(0, 1 - Math.abs((step + first - centre + 0.5) / width)),
    );
    const sum = parts.reduce((total, part) => total + part, 0);
    return { first, parts: parts.map((part) => part / sum) };
  });
}

function filterRows(pixels, left, right, width) {
  const result = blank(width, pixels.height);
  weights(left, right, width, pixels.width).forEach(({ first, parts }, x) => {
    for (let y = 0; y < pixels.height; y += 1)
      weighIn(pixels, (y * pixels.width + first) * CHANNELS, CHANNELS, parts, result, (y * width + x) * CHANNELS);
  });
  return result;
}

function filterColumns(pixels, top, bottom, height) {
  const line = pixels.width * CHANNELS;
  const result = blank(pixels.width, height);
  weights(top, bottom, height, pixels.height).forEach(({ first, parts }, y) => {
    for (let x = 0; x < pixels.width; x += 1)
      weighIn(pixels, first * line + x * CHANNELS, line, parts, result, y * line + x * CHANNELS);
  });
  return result;
}

function weighIn(from, at, stride, parts, to, place) {
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    let sum = 0.5;
    for (let part = 0; part < parts.length; part += 1) sum += parts[part] * from.data[at + part * stride + channel];
    to.data[place + channel] = sum;
  }
}

export function blank(width, height) {
  return { width, height, data: new Uint8Array(width * height * CHANNELS) };
}
