// Filters act as soon as they are changed (htmx swaps the results). Here: tidy addresses, the sheet on phones, what a
// screen reader is told, and the way out when the request fails.

const form = document.querySelector("[data-filters]");
const sheet = document.getElementById("filters-sheet");
const said = form?.querySelector("[data-filters-said]");

form?.addEventListener("htmx:configRequest", (event) => {
  const fields = event.detail.formData;
  for (const [name, value] of [...fields.entries()]) if (value === "") fields.delete(name);
  if (form.querySelector("#sort").selectedIndex === 0) fields.delete("sort"); // the order that comes by itself
});

form?.addEventListener("submit", () => {
  if (sheet?.matches(":popover-open")) sheet.hidePopover();
});

// What was unfolded stays unfolded when the choices are counted anew.
let unfolded = [];
form?.addEventListener("htmx:beforeSwap", () => {
  unfolded = [...form.querySelectorAll("details[open][id]")].map((each) => each.id);
});
form?.addEventListener("htmx:oobAfterSwap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
});

form?.addEventListener("htmx:afterSettle", () => {
  if (said) said.textContent = form.querySelector("[data-filters-count]")?.textContent ?? "";
});

for (const failure of ["htmx:sendError", "htmx:responseError"]) form?.addEventListener(failure, () => form.submit());
