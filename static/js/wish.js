// Adds to or removes from the wishlist without leaving the page. Without this script, the form submits as usual.

const form = document.getElementById("wish");

function show(button, { is_wished: isWished, count }) {
  document.querySelectorAll("button.wish").forEach((each) => {
    if (each.value !== button.value) return;
    each.name = isWished ? "remove" : "add";
  });
  document.querySelectorAll("[data-wish-count]").forEach((each) => {
    each.textContent = count || "";
  });
}

form?.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button || form.dataset.isNative) return;
  event.preventDefault();
  const body = new FormData(form);
  body.set(button.name, button.value);
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body, headers, keepalive: true }); // survives leaving
    if (!answer.ok) throw new Error(answer.status);
    show(button, await answer.json());
  } catch {
    form.dataset.isNative = "yes"; // the next page shows the error
    form.requestSubmit(button);
  }
});
