// The photo form: drop or paste a photo anywhere on the page, see it at once, and search without pressing a button. Where
// the customer wants the photo to stay on the device, only its vector is sent.

import { look, photoStaysHere, warmUp } from "./private.js";
import { shrink } from "./shrink.js";
import { forget, rememberPhoto } from "./tab.js";

const BUSY = new Set(["preparing", "device", "searching"]);
const THUMB = 320; // pixels
const form = document.querySelector("[data-photo-form]");
if (form) {
  const inputs = [...form.querySelectorAll("[data-photo-input]")];
  const numbers = {
    vector: form.querySelector("[data-photo-vector]"),
    network: form.querySelector("[data-photo-network]"),
  };
  const part = form.querySelector("[data-photo-region]");
  const preview = form.querySelector("[data-photo-preview]");
  const status = form.querySelector("[data-photo-status]");
  const instead = form.querySelector("[data-photo-instead]");
  let waiting = null; // what could not be looked at on the device

  const show = (state) => {
    form.dataset.state = state;
    status.textContent = status.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`] ?? "";
  };
  const isBusy = () => BUSY.has(form.dataset.state);
  const emptyInputs = () => {
    for (const input of inputs) input.value = "";
  };
  const hidePreview = () => {
    preview.hidden = true;
  };

  async function search(file, region = "") {
    if (isBusy()) return;
    if (file.type && !file.type.startsWith("image/")) return refuse();
    show("preparing");
    instead.hidden = true;
    form.closest("details")?.setAttribute("open", ""); // so that what was dropped or pasted is seen
    if (preview.src) URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.onerror = hidePreview; // a format that this browser cannot show
    preview.hidden = false;
    forget("thumb");
    const small = await shrink(file);
    await rememberPhoto(small);
    if (photoStaysHere()) await sendVector(file, region, small);
    else send(small, region);
  }

  function send(file, region) {
    const carrier = new DataTransfer();
    carrier.items.add(file);
    emptyInputs();
    inputs[0].files = carrier.files;
    part.value = region;
    leave();
  }

  async function sendVector(file, region, small) {
    show("device");
    emptyInputs(); // from here on there is no photo in the form
    try {
      const seen = await look(file, region ? region.split(",").map(Number) : null);
      if (!photoStaysHere()) throw "stopped";
      await rememberPhoto(await shrink(file, THUMB), "thumb");
      for (const [name, field] of Object.entries(numbers))
        Object.assign(field, { value: seen[name], disabled: false });
      for (const input of inputs) input.disabled = true;
      part.value = "";
      leave();
    } catch (reason) {
      waiting = { small, region };
      show(reason);
      instead.hidden = false;
      instead.focus();
    }
  }

  function leave() {
    show("searching");
    form.submit();
  }

  function refuse() {
    emptyInputs();
    hidePreview();
    show("error");
  }

  for (const input of inputs) {
    input.addEventListener("click", warmUp);
    input.addEventListener("change", () => input.files[0] && search(input.files[0]));
  }
  instead.addEventListener("click", () => !isBusy() && send(waiting.small, waiting.region));
  form.addEventListener("photo:part", ({ detail }) => search(detail.file, detail.region));

  // The button, where choosing a photo has not started the search already.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = inputs.map((input) => input.files[0]).find(Boolean);
    if (file) return search(file);
    show("missing");
    inputs[0].focus();
  });

  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    if (!isBusy()) form.dataset.state = "dragging";
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget && !isBusy()) delete form.dataset.state;
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    if (!isBusy()) delete form.dataset.state;
    if (event.dataTransfer.files[0]) search(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    const photo = [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith("image/"));
    if (photo) search(photo);
  });

  // Coming back to this page finds it as it was before the search.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const input of inputs) Object.assign(input, { value: "", disabled: false });
    for (const field of Object.values(numbers)) Object.assign(field, { value: "", disabled: true });
    hidePreview();
    instead.hidden = true;
    delete form.dataset.state;
    status.textContent = "";
  });
}
