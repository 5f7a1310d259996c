// Search for one part of the photo: a frame is drawn, moved and resized by finger, mouse or arrow keys. The photo is the
// one that this tab remembers, or the sample.

import { recall } from "./tab.js";

const dialog = document.querySelector("[data-crop]");
const opener = document.querySelector("[data-crop-open]");
const form = document.querySelector("[data-photo-form]");
const thumb = document.querySelector("[data-photo-thumb]");
const SMALLEST = 0.05;
const STEP = 0.02;
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const photo = thumb && recall("photo-look") === thumb.dataset.look ? recall("photo") : null;
if (dialog && form && (photo || thumb?.dataset.sample)) prepare();

function prepare() {
  const stage = dialog.querySelector("[data-crop-stage]");
  const frame = dialog.querySelector("[data-crop-frame]");
  const picture = stage.querySelector("img");
  let box = { x: 0.2, y: 0.2, w: 0.6, h: 0.6 };

  function place(wanted) {
    const w = Math.min(1, Math.max(SMALLEST, wanted.w));
    const h = Math.min(1, Math.max(SMALLEST, wanted.h));
    box = { w, h, x: Math.min(1 - w, Math.max(0, wanted.x)), y: Math.min(1 - h, Math.max(0, wanted.y)) };
    frame.style.left = `${box.x * 100}%`;
    frame.style.top = `${box.y * 100}%`;
    frame.style.width = `${box.w * 100}%`;
    frame.style.height = `${box.h * 100}%`;
  }

  opener.classList.add("is-ready");
  opener.addEventListener("click", () => {
    picture.src = photo ?? thumb.dataset.sample;
    place(box);
    dialog.showModal();
  });

  stage.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    frame.focus();
    stage.setPointerCapture(event.pointerId);
    const corner = event.target.dataset.corner;
    const start = at(stage, event);
    const from = { ...box };
    const fixed = corner && {
      x: corner.includes("w") ? from.x + from.w : from.x,
      y: corner.includes("n") ? from.y + from.h : from.y,
    };
    const follow = (moved) => {
      const now = at(stage, moved);
      if (event.target === frame) place({ ...from, x: from.x + now.x - start.x, y: from.y + now.y - start.y });
      else place(between(fixed ?? start, now));
    };
    stage.addEventListener("pointermove", follow);
    stage.addEventListener("lostpointercapture", () => stage.removeEventListener("pointermove", follow), {
      once: true,
    });
  });

  frame.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    if (!direction) return;
    event.preventDefault();
    const [x, y] = direction.map((each) => each * STEP);
    place(event.shiftKey ? { ...box, w: box.w + x, h: box.h + y } : { ...box, x: box.x + x, y: box.y + y });
  });

  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "search") return;
    const file = photo ? fromDataUrl(photo) : await fromAddress(thumb.dataset.sample);
    const region = [box.x, box.y, box.w, box.h].map((each) => each.toFixed(4)).join();
    form.dispatchEvent(new CustomEvent("photo:part", { detail: { file, region } })); // js/photo.js searches
  });
}

function at(stage, event) {
  const { left, top, width, height } = stage.getBoundingClientRect();
  return {
    x: Math.min(1, Math.max(0, (event.clientX - left) / width)),
    y: Math.min(1, Math.max(0, (event.clientY - top) / height)),
  };
}

function between(one, other) {
  return {
    x: Math.min(one.x, other.x),
    y: Math.min(one.y, other.y),
    w: Math.abs(one.x - other.x),
    h: Math.abs(one.y - other.y),
  };
}

function fromDataUrl(address) {
  const [head, data] = address.split(",");
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new File([bytes], "photo.jpg", { type: head.slice(5, head.indexOf(";")) });
}

async function fromAddress(address) {
  return new File([await (await fetch(address)).blob()], "photo.jpg", { type: "image/jpeg" });
}
