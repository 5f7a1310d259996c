// The photo form: a photo can be dropped or pasted anywhere on the page, and the search starts without a button. With
// the privacy switch on, only the photo's vector is sent.

import { computeVector, isPrivate, preload } from "./private.js";
import { shrink } from "./shrink.js";
import { forget, rememberPhoto } from "./tab.js";

const BUSY = new Set(["preparing", "device", "searching"]);
const THUMB_SIZE = 320; // pixels
const form = document.querySelector("[data-photo-form]");
if (form) {
  const inputs = [...form.querySelectorAll("[data-photo-input]")];
  const vectorFields = {
    vector: form.querySelector("[data-photo-vector]"),
    network: form.querySelector("[data-photo-network]"),
  };
  const regionField = form.querySelector("[data-photo-region]");
  const preview = form.querySelector("[data-photo-preview]");
  const status = form.querySelector("[data-photo-status]");
  const sendButton = form.querySelector("[data-photo-send]");
  let failedPhoto = null; // the photo this device could not process

  const setState = (state) => {
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
    setState("preparing");
    sendButton.hidden = true;
    form.closest("details")?.setAttribute("open", ""); // show a photo that was dropped or pasted
    if (preview.src) URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.onerror = hidePreview; // the browser cannot display the format
    preview.hidden = false;
    forget("thumb");
    const small = await shrink(file);
    await rememberPhoto(small);
    if (isPrivate()) await sendVector(file, region, small);
    else send(small, region);
  }

  function send(file, region) {
    const transfer = new DataTransfer();
    transfer.items.add(file);
    emptyInputs();
    inputs[0].files = transfer.files;
    regionField.value = region;
    submit();
  }

  async function sendVector(file, region, small) {
    setState("device");
    emptyInputs(); // the form must not contain the photo
    try {
      const answer = await computeVector(file, region ? region.split(",").map(Number) : null);
      if (!isPrivate()) throw "stopped";
      await rememberPhoto(await shrink(file, THUMB_SIZE), "thumb");
      for (const [name, field] of Object.entries(vectorFields))
        Object.assign(field, { value: answer[name], disabled: false });
      for (const input of inputs) input.disabled = true;
      regionField.value = "";
      submit();
    } catch (reason) {
      failedPhoto = { small, region };
      setState(reason);
      sendButton.hidden = false;
      sendButton.focus();
    }
  }

  function submit() {
    setState("searching");
    form.submit();
  }

  function refuse() {
    emptyInputs();
    hidePreview();
    setState("error");
  }

  for (const input of inputs) {
    input.addEventListener("click", preload);
    input.addEventListener("change", () => input.files[0] && search(input.files[0]));
  }
  sendButton.addEventListener("click", () => !isBusy() && send(failedPhoto.small, failedPhoto.region));
  form.addEventListener("photo:part", ({ detail }) => search(detail.file, detail.region));

  // The submit button, in case choosing a photo did not start the search.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = inputs.map((input) => input.files[0]).find(Boolean);
    if (file) return search(file);
    setState("missing");
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

  // Reset the form when the customer comes back to it.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const input of inputs) Object.assign(input, { value: "", disabled: false });
    for (const field of Object.values(vectorFields)) Object.assign(field, { value: "", disabled: true });
    hidePreview();
    sendButton.hidden = true;
    delete form.dataset.state;
    status.textContent = "";
  });
}
