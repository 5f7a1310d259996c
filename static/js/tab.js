// Storage of this browser tab. If it is full or blocked, nothing is stored.

const MAX_BYTES = 2_000_000;

export function remember(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    forget(key);
  }
}

export function recall(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing is stored.
  }
}

// Stores a photo as a data URL, unless it is too large.
export async function rememberPhoto(file, key = "photo") {
  forget(key);
  if (file.size > MAX_BYTES) return;
  const reader = new FileReader();
  const finished = new Promise((resolve) => reader.addEventListener("loadend", resolve));
  reader.readAsDataURL(file);
  await finished;
  if (reader.result) remember(key, reader.result);
}
