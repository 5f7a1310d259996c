// Shrinks the photos of a review before they are sent, shows them, and says at once if they are too many. Without it
// the form sends the files as they are.

import { shrink } from "./shrink.js";

const MAX_SIDE = 2048; // pixels
const field = document.querySelector("[data-photos]");
if (field) {
  const form = field.closest("form");
  const inputs = [...field.querySelectorAll("[data-photos-input]")];
  const chosen = field.querySelector("[data-photos-chosen]");
  const status = field.querySelector("[data-photos-status]");
  const limit = Number(field.dataset.photos);
  let urls = [];
  let work = Promise.resolve();

  const left = () => field.querySelectorAll("[name=remove]:not(:checked)").length;
  const files = () => inputs.flatMap((input) => [...input.files]);

  function show() {
    for (const url of urls) URL.revokeObjectURL(url);
    urls = files().map((file) => URL.createObjectURL(file));
    chosen.replaceChildren(...urls.map(preview));
    chosen.hidden = !urls.length;
    status.textContent = left() + urls.length > limit ? status.dataset.textMany : "";
  }

  function preview(url) {
    const [item, image] = [document.createElement("li"), new Image()];
    Object.assign(image, { src: url, alt: "", className: "chosen-photo", onerror: () => item.remove() });
    item.append(image);
    return item;
  }

  async function shrinkAll(input) {
    const transfer = new DataTransfer();
    for (const file of [...input.files]) {
      const small = await shrink(file, MAX_SIDE); // one after the other, for phones with little memory
      transfer.items.add(new File([small], file.name, { type: small.type }));
    }
    input.files = transfer.files;
    show();
  }

  for (const input of inputs) {
    input.addEventListener("change", () => {
      show();
      work = work.then(() => shrinkAll(input)).catch(() => {}); // sent as they are
    });
  }
  for (const box of field.querySelectorAll("[name=remove]")) box.addEventListener("change", show);

  let isReady = false;
  form.addEventListener("submit", async (event) => {
    if (isReady) return;
    event.preventDefault();
    await work;
    if (left() + files().length > limit) return status.scrollIntoView({ block: "center" });
    isReady = true;
    form.submit();
  });
  window.addEventListener("pageshow", () => {
    isReady = false;
  });
}
