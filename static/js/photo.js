// The photo form: drop or paste a photo anywhere on the page, see it at once, and search without pressing a button.

import { shrink } from "./shrink.js";
import { rememberPhoto } from "./tab.js";

const form = document.querySelector("[data-photo-form]");
if (form) {
  const inputs = [...form.querySelectorAll("[data-photo-input]")];
  const preview = form.querySelector("[data-photo-preview]");
  const status = form.querySelector("[data-photo-status]");

  const show = (state) => {
    form.dataset.state = state;
    status.textContent = status.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`] ?? "";
  };
  const isBusy = () => form.dataset.state === "preparing" || form.dataset.state === "searching";

  async function search(file) {
    if (isBusy()) return;
    if (file.type && !file.type.startsWith("image/")) return refuse();
    show("preparing");
    form.closest("details")?.setAttribute("open", ""); // so that what was dropped or pasted is seen
    if (preview.src) URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.onerror = () => (preview.hidden = true); // a format that this browser cannot show
    preview.hidden = false;
    const carrier = new DataTransfer();
    const small = await shrink(file);
    await rememberPhoto(small);
    carrier.items.add(small);
    inputs.forEach((input) => (input.value = ""));
    inputs[0].files = carrier.files;
    form.querySelector("[data-photo-region]").value = "";
    form.requestSubmit();
  }

  function refuse() {
    inputs.forEach((input) => (input.value = ""));
    preview.hidden = true;
    show("error");
  }

  inputs.forEach((input) => input.addEventListener("change", () => input.files[0] && search(input.files[0])));

  form.addEventListener("submit", (event) => {
    if (inputs.some((input) => input.files.length)) return show("searching");
    event.preventDefault();
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
    inputs.forEach((input) => (input.value = ""));
    preview.hidden = true;
    delete form.dataset.state;
    status.textContent = "";
  });
}
