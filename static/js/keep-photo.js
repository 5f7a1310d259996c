// Keeps the photo in view while its results are filtered, left and come back to. The picture stays in this tab of this
// browser; the address carries only the numbers that the photo was turned into.

import { forget, recall, remember } from "./tab.js";

const thumb = document.querySelector("[data-photo-thumb]");
if (thumb?.dataset.look) {
  const look = thumb.dataset.look;
  const address = new URL(location.href);
  const isAnswer = !address.search; // to a POST
  const kept = JSON.parse(recall("thumbs") ?? "{}");
  const sent = thumb.querySelector("img")?.src;
  const picture = sent ?? (isAnswer ? recall("thumb") : kept[look]); // the photo that was not sent is known here alone
  if (picture && (sent || isAnswer)) {
    const latest = Object.entries({ ...kept, [look]: picture }).slice(-4);
    remember("thumbs", JSON.stringify(Object.fromEntries(latest)));
  }
  if (isAnswer) {
    // It becomes a page that can be reloaded and come back to.
    forget("thumb");
    remember("photo-look", look);
    address.searchParams.set("look", look);
    history.replaceState(history.state, "", address);
  }
  if (!sent && picture?.startsWith("data:image/")) {
    const image = new Image(160, 160);
    image.alt = thumb.dataset.alt;
    image.src = picture;
    thumb.replaceChildren(image);
  }
}
