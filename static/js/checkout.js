// The total follows the country, the address, the delivery and the voucher at once: the page is asked for anew, and the
// parts that depend on them take the place of the old ones. Without this script, the page says what must be updated.

const form = document.querySelector("form[data-quote]");
const DECIDES = ["delivery-country", "billing-country", "address", "method", "voucher_code"];
let asking = null; // the request that is on its way
let buying = null; // Buy, where it was pressed meanwhile
let quoted = decisions(); // what the total on the page is for

function decisions() {
  const said = form ? new FormData(form) : new FormData();
  return JSON.stringify(DECIDES.map((name) => said.get(name)));
}

// What was typed while the answer was on its way stays.
function keepTyped(old, fresh) {
  for (const field of fresh.querySelectorAll("input:not([type=radio], [type=checkbox], [type=hidden]), textarea")) {
    const typed = field.id && old.querySelector(`#${CSS.escape(field.id)}`);
    if (typed) field.value = typed.value;
  }
}

function show(answer) {
  const focused = document.activeElement?.id;
  for (const old of form.querySelectorAll("[data-quoted]")) {
    const fresh = answer.getElementById(old.id);
    if (!fresh || (old.dataset.quoted && old.dataset.quoted === fresh.dataset.quoted)) continue;
    keepTyped(old, fresh);
    old.replaceWith(document.adoptNode(fresh));
  }
  if (focused && document.activeElement?.id !== focused)
    document.getElementById(focused)?.focus({ preventScroll: true });
  const total = form.querySelector(".sums-total");
  form.querySelector("[data-quote-said]").textContent = total ? total.textContent.replace(/\s+/g, " ").trim() : "";
}

async function ask() {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  const body = new FormData(form);
  const before = form.elements.seen_total.value;
  body.set("update", "1");
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: mine.signal });
    if (!answer.ok || new URL(answer.url).pathname !== new URL(form.action).pathname) throw new Error(answer.status);
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    quoted = decisions();
  } catch (error) {
    if (error.name === "AbortError") return; // a later choice is being asked about
    buying = null;
    form.classList.remove("is-live");
    form.requestSubmit(form.querySelector("[name=update]")); // the page that comes says what went wrong
  } finally {
    if (asking === mine) {
      asking = null;
      form.removeAttribute("aria-busy");
    }
  }
  // Who pressed Buy meanwhile has seen the total, unless it is another one now.
  const pressed = buying;
  buying = null;
  if (pressed && form.elements.seen_total.value === before) form.requestSubmit(pressed);
}

form?.classList.add("is-live");
form?.addEventListener("change", (event) => {
  if (!DECIDES.includes(event.target.name)) return;
  if (asking || decisions() !== quoted) ask();
});

form?.addEventListener("submit", (event) => {
  if (!asking || event.submitter?.name !== "buy") return;
  event.preventDefault();
  buying = event.submitter;
});

// A browser that comes back shows the choices of before beside the total of a page that is older.
addEventListener("pageshow", () => {
  const isStale = form?.querySelector("[name=method][checked]:not(:checked), .other-country:checked");
  if (isStale) ask();
});
