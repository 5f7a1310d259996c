// Keeps the photo in view while its results are filtered, left and come back to. The small picture stays in this tab
// of this browser; the address carries only the numbers that the photo was turned into.

const thumb = document.querySelector("[data-photo-thumb]");
if (thumb?.dataset.look) {
  const key = `photo:${thumb.dataset.look.slice(0, 80)}`;
  const picture = thumb.querySelector("img");
  if (picture) {
    remember(key, picture.src);
    const address = new URL(location.href);
    if (!address.search) {
      // The answer to a POST becomes a page that can be reloaded and come back to.
      address.searchParams.set("look", thumb.dataset.look);
      history.replaceState(history.state, "", address);
    }
  } else {
    recall(key);
  }
}

function remember(key, source) {
  if (!source.startsWith("data:")) return;
  try {
    Object.keys(sessionStorage).filter((name) => name.startsWith("photo:")).slice(0, -4).forEach((name) => sessionStorage.removeItem(name));
    sessionStorage.setItem(key, source);
  } catch {
    // Storage is full or refused: the page works without the small picture.
  }
}

function recall(key) {
  let source = null;
  try {
    source = sessionStorage.getItem(key);
  } catch {
    return;
  }
  if (!source?.startsWith("data:image/")) return;
  const image = new Image(160, 160);
  image.alt = thumb.dataset.alt;
  image.src = source;
  thumb.replaceChildren(image);
}
