// Keeps the photo in view while its results are filtered, left and come back to. The picture stays in this tab of this
// browser; the address carries only the numbers that the photo was turned into.

import { recall, remember } from "./tab.js";

const thumb = document.querySelector("[data-photo-thumb]");
if (thumb?.dataset.look) {
  const look = thumb.dataset.look;
  const picture = thumb.querySelector("img");
  const kept = JSON.parse(recall("thumbs") ?? "{}");
  if (picture) {
    const latest = Object.entries({ ...kept, [look]: picture.src }).slice(-4);
    remember("thumbs", JSON.stringify(Object.fromEntries(latest)));
    const address = new URL(location.href);
    if (!address.search) {
      // The answer to a POST becomes a page that can be reloaded and come back to.
      remember("photo-look", look);
      address.searchParams.set("look", look);
      history.replaceState(history.state, "", address);
    }
  } else if (kept[look]?.startsWith("data:image/")) {
    const image = new Image(160, 160);
    image.alt = thumb.dataset.alt;
    image.src = kept[look];
    thumb.replaceChildren(image);
  }
}
