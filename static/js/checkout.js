// Updates the total as soon as the country, address, delivery method or voucher changes: requests the page again and
// replaces the parts that depend on them. Without this script, the customer presses "Update total".

const form = document.querySelector("form[data-quote]");
const TRIGGERS = ["delivery-country", "billing-country", "address", "method", "voucher_code"];
let pendingRequest = null;
let pendingSubmitter = null; // the "Place order" button, if pressed while a request is pending
let quotedChoices = currentChoices(); // the choices that the displayed total is for

function currentChoices() {
  const data = form ? new FormData(form) : new FormData();
  return JSON.stringify(TRIGGERS.map((name) => data.get(name)));
}

// Keep what the customer typed while the request was pending.
function keepTyped(old, fresh) {
  for (const field of fresh.querySelectorAll("input:not([type=radio], [type=checkbox], [type=hidden]), textarea")) {
    const source = field.id && old.querySelector(`#${CSS.escape(field.id)}`);
    if (source) field.value = source.value;
  }
}

function showQuote(page) {
  const focused = document.activeElement?.id;
  for (const old of form.querySelectorAll("[data-quoted]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || (old.dataset.quoted && old.dataset.quoted === fresh.dataset.quoted)) continue;
    keepTyped(old, fresh);
    old.replaceWith(document.adoptNode(fresh));
  }
  if (focused && document.activeElement?.id !== focused)
    document.getElementById(focused)?.focus({ preventScroll: true });
  const total = form.querySelector(".sums-total");
  form.querySelector("[data-quote-status]").textContent = total ? total.textContent.replace(/\s+/g, " ").trim() : "";
}

async function requestQuote() {
  pendingRequest?.abort();
  const controller = new AbortController();
  pendingRequest = controller;
  const body = new FormData(form);
  const shownTotal = form.elements.seen_total.value;
  body.set("update", "1");
  form.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, { method: "POST", body, signal: controller.signal });
    const isCheckout = new URL(response.url).pathname === new URL(form.action).pathname;
    if (!response.ok || !isCheckout) throw new Error(response.status);
    showQuote(new DOMParser().parseFromString(await response.text(), "text/html"));
    quotedChoices = currentChoices();
  } catch (error) {
    if (error.name === "AbortError") return; // a newer request replaced this one
    pendingSubmitter = null;
    form.classList.remove("is-live");
    form.requestSubmit(form.querySelector("[name=update]")); // the next page shows the error
  } finally {
    if (pendingRequest === controller) {
      pendingRequest = null;
      form.removeAttribute("aria-busy");
    }
  }
  // Place the order now, unless the total differs from the one the customer saw.
  const submitter = pendingSubmitter;
  pendingSubmitter = null;
  if (submitter && form.elements.seen_total.value === shownTotal) form.requestSubmit(submitter);
}

form?.classList.add("is-live");
form?.addEventListener("change", (event) => {
  if (!TRIGGERS.includes(event.target.name)) return;
  if (pendingRequest || currentChoices() !== quotedChoices) requestQuote();
});

form?.addEventListener("submit", (event) => {
  if (!pendingRequest || event.submitter?.name !== "buy") return;
  event.preventDefault();
  pendingSubmitter = event.submitter;
});

// After "Back", the browser restores the choices but shows the total of the original page.
addEventListener("pageshow", () => {
  const isStale = form?.querySelector("[name=method][checked]:not(:checked), .other-country:checked");
  if (isStale) requestQuote();
});
