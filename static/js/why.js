// "Why this?" opens over the results. What is sent is what the form holds, so that a photo which was not sent before is
// not sent now. Where the answer cannot be fetched, the form opens it as a page of its own.

const form = document.querySelector("[data-why-form]");
const dialog = document.querySelector("[data-why-dialog]");
const room = dialog?.querySelector("[data-why-room]");

async function answerTo(asked) {
  const isPost = form.method === "post";
  const address = isPost ? form.action : `${form.action}?${new URLSearchParams(asked)}`;
  const response = await fetch(address, isPost ? { method: "POST", body: asked } : {});
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector("[data-why]") ?? Promise.reject(new Error("no answer"));
}

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button || form.dataset.isPlain) return;
  event.preventDefault();
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    room.replaceChildren(document.adoptNode(await answerTo(new FormData(form, button))));
    dialog.showModal();
  } catch {
    form.dataset.isPlain = "yes";
    form.requestSubmit(button);
  } finally {
    button.removeAttribute("aria-busy");
  }
});
