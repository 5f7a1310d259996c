// What this tab of this browser remembers until it is closed. Where storage is full or refused, nothing is remembered.

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
    // There was nothing to forget.
  }
}

// The photo itself, so that a part of it can be searched for later; or under another key, a small picture of it.
export async function rememberPhoto(file, key = "photo") {
  forget(key);
  if (file.size > 2_000_000) return;
  const reader = new FileReader();
  const read = new Promise((done) => reader.addEventListener("loadend", done));
  reader.readAsDataURL(file);
  await read;
  if (reader.result) remember(key, reader.result);
}
