// Makes a photo small enough to travel: at most `longest` pixels on its longer side, upright, and without its metadata.
// What a browser cannot decode goes as it is; the server then says what to do.

const LONGEST = 1280;
const UNDERSTOOD = new Set(["image/jpeg", "image/png", "image/webp"]);

export async function shrink(file, longest = LONGEST) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && UNDERSTOOD.has(file.type)) {
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
  context.fillStyle = "#fff"; // what is transparent becomes white, as on the server
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
}
