// Opens the answer to "Why this?" in a dialog. If the request fails, the form opens it as a page. Only the form's
// fields are sent, so a private photo stays on the device.

const form = document.querySelector("[data-why-form]");
const dialog = document.querySelector("[data-why-dialog]");
const content = dialog?.querySelector("[data-why-content]");

async function fetchAnswer(data) {
  const isPost = form.method === "post";
  const url = isPost ? form.action : `${form.action}?${new URLSearchParams(data)}`;
  const response = await fetch(url, isPost ? { method: "POST", body: data } : {});
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector("[data-why]") ?? Promise.reject(new Error("no answer"));
}

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button || form.dataset.isNative) return;
  event.preventDefault();
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    content.replaceChildren(document.adoptNode(await fetchAnswer(new FormData(form, button))));
    dialog.showModal();
  } catch {
    form.dataset.isNative = "yes";
    form.requestSubmit(button);
  } finally {
    button.removeAttribute("aria-busy");
  }
});
