// A key presses the button, link or radio button that names it in aria-keyshortcuts. Single keys disturb people who
// dictate or type by accident, so a checkbox turns them off, and the browser remembers that.

const STORED = "semblance-shortcuts";
const label = document.querySelector("[data-shortcuts]");
const box = label?.querySelector("input");

if (box) {
  label.hidden = false;
  box.checked = localStorage.getItem(STORED) !== "off";
  box.addEventListener("change", () => localStorage.setItem(STORED, box.checked ? "on" : "off"));
}

const isTyping = (element) =>
  element.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) return;
  if (box && !box.checked) return;
  // Arrows move between radio buttons.
  if (event.target.matches("[type=radio]") && event.key.startsWith("Arrow")) return;
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const wanted = [...document.querySelectorAll("[aria-keyshortcuts]")].find((element) =>
    element.getAttribute("aria-keyshortcuts").split(" ").includes(key),
  );
  if (wanted) {
    event.preventDefault();
    wanted.click();
  }
});
