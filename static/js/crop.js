// Selects a region of the photo to search for, with a frame drawn by touch, mouse or arrow keys. The photo comes from
// this tab's storage, or is the sample photo.

import { recall } from "./tab.js";

const dialog = document.querySelector("[data-crop]");
const opener = document.querySelector("[data-crop-open]");
const form = document.querySelector("[data-photo-form]");
const thumb = document.querySelector("[data-photo-thumb]");
const MIN_SIZE = 0.05; // of the photo
const STEP = 0.02;
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const photo = thumb && recall("photo-look") === thumb.dataset.look ? recall("photo") : null;
if (dialog && form && opener && (photo || thumb?.dataset.sample)) setUp();

function setUp() {
  const stage = dialog.querySelector("[data-crop-stage]");
  const frame = dialog.querySelector("[data-crop-frame]");
  const picture = stage.querySelector("img");
  let box = { x: 0.2, y: 0.2, w: 0.6, h: 0.6 };

  function moveFrame(target) {
    const w = Math.min(1, Math.max(MIN_SIZE, target.w));
    const h = Math.min(1, Math.max(MIN_SIZE, target.h));
    box = { w, h, x: Math.min(1 - w, Math.max(0, target.x)), y: Math.min(1 - h, Math.max(0, target.y)) };
    frame.style.left = `${box.x * 100}%`;
    frame.style.top = `${box.y * 100}%`;
    frame.style.width = `${box.w * 100}%`;
    frame.style.height = `${box.h * 100}%`;
  }

  opener.classList.add("is-ready");
  opener.addEventListener("click", () => {
    picture.src = photo ?? thumb.dataset.sample;
    moveFrame(box);
    dialog.showModal();
  });

  stage.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    frame.focus();
    stage.setPointerCapture(event.pointerId);
    const corner = event.target.dataset.corner;
    const start = position(stage, event);
    const initial = { ...box };
    const fixed = corner && {
      x: corner.includes("w") ? initial.x + initial.w : initial.x,
      y: corner.includes("n") ? initial.y + initial.h : initial.y,
    };
    const follow = (moved) => {
      const now = position(stage, moved);
      if (event.target === frame) {
        moveFrame({ ...initial, x: initial.x + now.x - start.x, y: initial.y + now.y - start.y });
      } else moveFrame(boxBetween(fixed ?? start, now));
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
    moveFrame(event.shiftKey ? { ...box, w: box.w + x, h: box.h + y } : { ...box, x: box.x + x, y: box.y + y });
  });

  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "search") return;
    const file = photo ? fileFromDataUrl(photo) : await fileFromUrl(thumb.dataset.sample);
    const region = [box.x, box.y, box.w, box.h].map((each) => each.toFixed(4)).join();
    form.dispatchEvent(new CustomEvent("photo:part", { detail: { file, region } })); // handled by photo.js
  });
}

function position(stage, event) {
  const { left, top, width, height } = stage.getBoundingClientRect();
  return {
    x: Math.min(1, Math.max(0, (event.clientX - left) / width)),
    y: Math.min(1, Math.max(0, (event.clientY - top) / height)),
  };
}

function boxBetween(one, other) {
  return {
    x: Math.min(one.x, other.x),
    y: Math.min(one.y, other.y),
    w: Math.abs(one.x - other.x),
    h: Math.abs(one.y - other.y),
  };
}

function fileFromDataUrl(url) {
  const [head, data] = url.split(",");
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new File([bytes], "photo.jpg", { type: head.slice(5, head.indexOf(";")) });
}

async function fileFromUrl(url) {
  return new File([await (await fetch(url)).blob()], "photo.jpg", { type: "image/jpeg" });
}
