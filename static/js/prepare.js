// Turns a photo into the input of the network, exactly as visualsearch/embedding/preprocess.py does; see there for
// the reasons. tests/journeys compares the vectors of both.

import { blank, sample } from "./resample.js";

const JPEG_SCALES = [8, 4, 2, 1]; // factors by which a JPEG decoder can shrink
const MIN_REGION = 0.05; // of the photo: smaller regions do not raise the decoded size further

// Returns the input (3, size, size) of a file. `region` is null or [x, y, width, height] in fractions of the upright
// photo.
export async function prepare(file, network, region) {
  const bitmap = await createImageBitmap(file, {
    imageOrientation: "from-image",
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  try {
    const step = (await isJpeg(file)) ? jpegScale(bitmap, network, region) : 1;
    const size = [Math.ceil(bitmap.width / step), Math.ceil(bitmap.height / step)];
    const pixels = region ? letterbox(bitmap, step, size, network, region) : cropCentre(bitmap, step, size, network);
    return normalise(pixels, network);
  } finally {
    bitmap.close();
  }
}

async function isJpeg(file) {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return start[0] === 0xff && start[1] === 0xd8;
}

function jpegScale(bitmap, { input_size: size, crop }, region) {
  const side = Math.round(region ? (size * crop) / Math.max(region[2], region[3], MIN_REGION) : size / crop);
  const limit = Math.min(Math.floor(bitmap.width / side), Math.floor(bitmap.height / side));
  return JPEG_SCALES.find((each) => each <= limit) ?? 1;
}

function cropCentre(bitmap, step, [width, height], { input_size: size, crop }) {
  const side = Math.max(Math.min(width, height) * crop, Math.min(1, width, height));
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  return sample(bitmap, step, [0, 0, width, height], [left, top, left + side, top + side], size, size);
}

function letterbox(bitmap, step, [width, height], { input_size: size, crop }, [x, y, w, h]) {
  const [left, top] = [Math.round(Math.min(x * width, width - 1)), Math.round(Math.min(y * height, height - 1))];
  const right = Math.max(Math.round(Math.min((x + w) * width, width)), left + 1);
  const bottom = Math.max(Math.round(Math.min((y + h) * height, height)), top + 1);
  const scale = (crop * size) / Math.max(right - left, bottom - top);
  const [wide, high] = [right - left, bottom - top].map((length) => Math.max(1, Math.round(length * scale)));
  const box = [left, top, right, bottom];
  return pad(sample(bitmap, step, box, box, wide, high), size);
}

// Centres the region on a square of its mean colour.
function pad(part, size) {
  const whole = blank(size, size);
  const means = [0, 0, 0];
  for (let index = 0; index < part.data.length; index += 1) means[index % 3] += part.data[index];
  const colour = means.map((sum) => Math.round(sum / (part.width * part.height)));
  for (let at = 0; at < whole.data.length; at += 3) whole.data.set(colour, at);
  const [left, top] = [Math.floor((size - part.width) / 2), Math.floor((size - part.height) / 2)];
  for (let row = 0; row < part.height; row += 1) {
    const line = part.data.subarray(row * part.width * 3, (row + 1) * part.width * 3);
    whole.data.set(line, ((top + row) * size + left) * 3);
  }
  return whole;
}

function normalise({ data }, { mean, std }) {
  const plane = data.length / 3;
  const input = new Float32Array(data.length);
  for (let channel = 0; channel < 3; channel += 1) {
    for (let at = 0; at < plane; at += 1)
      input[channel * plane + at] = (data[at * 3 + channel] / 255 - mean[channel]) / std[channel];
  }
  return input;
}
