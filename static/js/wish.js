// Adds to or removes from the wishlist without leaving the page. Without this script, the form submits as usual.

const form = document.getElementById("wish");
let earlier = Promise.resolve(); // a guest's wishes are in the session: two requests at once would lose one

function show(button, { is_wished: isWished, count }) {
  document.querySelectorAll("button.wish").forEach((each) => {
    if (each.value !== button.value) return;
    each.name = isWished ? "remove" : "add";
  });
  document.querySelectorAll("[data-wish-count]").forEach((each) => {
    each.textContent = count || "";
  });
}

async function send(button, body) {
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body, headers, keepalive: true }); // survives leaving
    if (!answer.ok) throw new Error(answer.status);
    show(button, await answer.json());
  } catch {
    form.dataset.isNative = "yes"; // the next page shows the error
    form.requestSubmit(button);
  }
}

form?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || form.dataset.isNative) return;
  event.preventDefault();
  const body = new FormData(form);
  body.set(button.name, button.value);
  earlier = earlier.then(() => send(button, body));
});
