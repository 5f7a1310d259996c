// Shows the photo beside its results, even after filtering, leaving and coming back. The picture stays in this tab;
// the URL carries only the photo's vector.

import { forget, recall, remember } from "./tab.js";

const thumb = document.querySelector("[data-photo-thumb]");
if (thumb?.dataset.look) {
  const look = thumb.dataset.look;
  const url = new URL(location.href);
  const isPostResponse = !url.search;
  const stored = JSON.parse(recall("thumbs") ?? "{}");
  const serverThumb = thumb.querySelector("img")?.src; // missing for a photo that stayed on the device
  const picture = serverThumb ?? (isPostResponse ? recall("thumb") : stored[look]);
  if (picture && (serverThumb || isPostResponse)) {
    const latest = Object.entries({ ...stored, [look]: picture }).slice(-4);
    remember("thumbs", JSON.stringify(Object.fromEntries(latest)));
  }
  if (isPostResponse) {
    // Make the page safe to reload and to come back to.
    forget("thumb");
    remember("photo-look", look);
    url.searchParams.set("look", look);
    history.replaceState(history.state, "", url);
  }
  if (!serverThumb && picture?.startsWith("data:image/")) {
    const image = new Image(160, 160);
    image.alt = thumb.dataset.alt;
    image.src = picture;
    thumb.firstElementChild.replaceWith(image); // the camera; dots may follow
  }
}
