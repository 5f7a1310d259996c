// Around the filters, whose results htmx swaps on every change: short URLs, the sheet on phones, the announcement for
// screen readers, and a full page load when a request fails.

const form = document.querySelector("[data-filters]");
const sheet = document.getElementById("filters-sheet");
const status = form?.querySelector("[data-filters-status]");

form?.addEventListener("htmx:configRequest", (event) => {
  const fields = event.detail.formData;
  for (const [name, value] of [...fields.entries()]) if (value === "") fields.delete(name);
  if (form.querySelector("#sort").selectedIndex === 0) fields.delete("sort"); // the default
  if (fields.get("by_colour") === "0") fields.delete("by_colour");
  if (form.querySelector("[name=closeness]:checked")?.hasAttribute("data-default")) fields.delete("closeness");
});

form?.addEventListener("submit", () => {
  if (sheet?.matches(":popover-open")) sheet.hidePopover();
});

// Keep unfolded facets open when the facets are swapped.
let unfolded = [];
form?.addEventListener("htmx:beforeSwap", () => {
  unfolded = [...form.querySelectorAll("details[open][id]")].map((each) => each.id);
});
form?.addEventListener("htmx:oobAfterSwap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
});

form?.addEventListener("htmx:afterSettle", () => {
  if (status) status.textContent = form.querySelector("[data-filters-count]")?.textContent ?? "";
});

for (const failure of ["htmx:sendError", "htmx:responseError"]) form?.addEventListener(failure, () => form.submit());
