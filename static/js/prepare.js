// A photo as the network wants it: the same as visualsearch/embedding/preprocess.py, which says why. The journeys' tests
// compare the vectors of both.

import { blank, sample } from "./resample.js";

const SHRINKS = [8, 4, 2, 1]; // how far a JPEG can be shrunk while it is decoded
const LEAST = 0.05; // of a region, for which a photo is decoded at full size

// The input (3, size, size) of a file. `region` is null or [x, y, width, height], fractions of the upright photo.
export async function prepare(file, network, region) {
  const bitmap = await createImageBitmap(file, {
    imageOrientation: "from-image",
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  try {
    const step = (await isJpeg(file)) ? shrinks(bitmap, network, region) : 1;
    const size = [Math.ceil(bitmap.width / step), Math.ceil(bitmap.height / step)];
    const pixels = region ? laidOut(bitmap, step, size, network, region) : centre(bitmap, step, size, network);
    return normalised(pixels, network);
  } finally {
    bitmap.close();
  }
}

async function isJpeg(file) {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return start[0] === 0xff && start[1] === 0xd8;
}

function shrinks(bitmap, { input_size: size, crop }, region) {
  const side = Math.round(region ? (size * crop) / Math.max(region[2], region[3], LEAST) : size / crop);
  const most = Math.min(Math.floor(bitmap.width / side), Math.floor(bitmap.height / side));
  return SHRINKS.find((each) => each <= most) ?? 1;
}

function centre(bitmap, step, [width, height], { input_size: size, crop }) {
  const side = Math.max(Math.min(width, height) * crop, Math.min(1, width, height));
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  return sample(bitmap, step, [0, 0, width, height], [left, top, left + side, top + side], size, size);
}

function laidOut(bitmap, step, [width, height], { input_size: size, crop }, [x, y, w, h]) {
  const [left, top] = [Math.round(Math.min(x * width, width - 1)), Math.round(Math.min(y * height, height - 1))];
  const right = Math.max(Math.round(Math.min((x + w) * width, width)), left + 1);
  const bottom = Math.max(Math.round(Math.min((y + h) * height, height)), top + 1);
  const scale = (crop * size) / Math.max(right - left, bottom - top);
  const [wide, high] = [right - left, bottom - top].map((length) => Math.max(1, Math.round(length * scale)));
  const box = [left, top, right, bottom];
  return pasted(sample(bitmap, step, box, box, wide, high), size);
}

// The part in the middle, and its mean colour around it.
function pasted(part, size) {
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

function normalised({ data }, { mean, std }) {
  const plane = data.length / 3;
  const input = new Float32Array(data.length);
  for (let channel = 0; channel < 3; channel += 1) {
    for (let at = 0; at < plane; at += 1)
      input[channel * plane + at] = (data[at * 3 + channel] / 255 - mean[channel]) / std[channel];
  }
  return input;
}
