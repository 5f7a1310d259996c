// Shrinks a photo for upload: at most `maxSide` pixels on its longer side, upright and without metadata. A file the
// browser cannot decode is returned as it is; the server then explains what to do.

const MAX_SIDE = 1280;
const ACCEPTED_TYPES = new Set(["image/jpeg", "image/png", "image/webp"]);

export async function shrink(file, maxSide = MAX_SIDE) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && ACCEPTED_TYPES.has(file.type)) {
    bitmap.close();
    return file;
  }
  const blob = await paint(bitmap, scale);
  bitmap.close();
  return blob ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
}

function paint(bitmap, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // behind transparent pixels, as on the server
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}
