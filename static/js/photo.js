// The photo form: photos can be dropped or pasted anywhere on the page, and the search starts without a button. With
// the privacy switch on, only the photo's vector is sent.

import { computeVectors, isPrivate, preload } from "./private.js";
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
  const mostPhotos = Number(inputs[0].dataset.photoMost);
  let failed = null; // the photos this device could not process

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

  async function search(files, region = "") {
    if (isBusy()) return;
    const [file] = files;
    if (files.some(({ type }) => type && !type.startsWith("image/"))) return refuse("error");
    if (files.length > mostPhotos) return refuse("many");
    setState("preparing");
    sendButton.hidden = true;
    form.closest("details")?.setAttribute("open", ""); // show a photo that was dropped or pasted
    if (preview.src) URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.onerror = hidePreview; // the browser cannot display the format
    preview.hidden = false;
    forget("thumb");
    const small = [];
    for (const each of files) small.push(await shrink(each)); // one after the other, for phones with little memory
    await rememberPhoto(small[0]);
    if (isPrivate()) await sendVector(files, region, small);
    else send(small, region);
  }

  function send(photos, region) {
    const transfer = new DataTransfer();
    for (const photo of photos) transfer.items.add(photo);
    emptyInputs();
    inputs[0].files = transfer.files;
    regionField.value = region;
    submit();
  }

  async function sendVector(files, region, small) {
    setState("device");
    emptyInputs(); // the form must not contain the photo
    try {
      const answer = await computeVectors(files, region ? region.split(",").map(Number) : null);
      if (!isPrivate()) throw "stopped";
      await rememberPhoto(await shrink(files[0], THUMB_SIZE), "thumb");
      for (const [name, field] of Object.entries(vectorFields))
        Object.assign(field, { value: answer[name], disabled: false });
      for (const input of inputs) input.disabled = true;
      regionField.value = "";
      submit();
    } catch (reason) {
      failed = { small, region };
      setState(reason);
      sendButton.hidden = false;
      sendButton.focus();
    }
  }

  function submit() {
    setState("searching");
    form.submit();
  }

  function refuse(state) {
    emptyInputs();
    hidePreview();
    setState(state);
  }

  for (const input of inputs) {
    input.addEventListener("click", preload);
    input.addEventListener("change", () => input.files[0] && search([...input.files]));
  }
  sendButton.addEventListener("click", () => !isBusy() && send(failed.small, failed.region));
  form.addEventListener("photo:part", ({ detail }) => search([detail.file], detail.region));

  // The submit button, in case choosing a photo did not start the search.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const files = inputs.flatMap((input) => [...input.files]);
    if (files.length) return search(files);
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
    if (event.dataTransfer.files[0]) search([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const photos = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (photos.length) search(photos);
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
