// What a page cannot do by itself: ask before a button acts, act on a choice, and suggest while somebody types.
"use strict";

document.addEventListener("click", (event) => {
  const asking = event.target.closest("[data-asks]");
  if (asking) document.getElementById(asking.dataset.asks).showModal();
  const closing = event.target.closest("[data-closes]");
  if (closing) document.getElementById(closing.dataset.closes).close();
  const taken = event.target.closest(".chip button");
  if (taken) taken.closest(".chip").remove();
});

document.addEventListener("input", (event) => {
  const day = event.target.closest(".day");
  if (!day) return;
  const said = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  const chosen = event.target.valueAsDate;
  day.dataset.shown = chosen ? chosen.toLocaleDateString("en-GB", { ...said, timeZone: "UTC" }).replace(",", "") : "Choose a day";
});

document.addEventListener("change", (event) => {
  const picker = event.target.closest("[data-acts]");
  if (!picker || !picker.value) return;
  const pressed = JSON.parse(picker.dataset.acts);
  const sent = Object.assign(document.createElement("input"), { type: "hidden", name: "press" });
  sent.value = JSON.stringify({ ...pressed, value: picker.value });
  picker.form.append(sent);
  picker.form.submit();
});

for (const picker of document.querySelectorAll(".suggest")) {
  const [box, list, picked] = ["input[role=combobox]", "ul", ".picked"].map((part) => picker.querySelector(part));
  let asked = 0;

  const close = () => {
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
  };

  const take = (option) => {
    if (picker.dataset.takes === "one") picked.replaceChildren();
    const kept = Object.assign(document.createElement("input"), { type: "hidden", name: picker.dataset.field });
    kept.value = option.value;
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `Remove ${option.text}`);
    const chip = Object.assign(document.createElement("span"), { className: "chip" });
    chip.append(kept, option.text, remove);
    picked.append(chip);
    box.value = "";
    close();
  };

  box.addEventListener("input", async () => {
    const mine = ++asked;
    const query = new URLSearchParams({ action: picker.dataset.action, typed: box.value });
    const place = box.form.dataset.place;
    const who = location.pathname.split("/")[1];
    const answer = box.value ? await (await fetch(`/${who}/suggest/${place}?${query}`)).json() : [];
    if (mine !== asked) return; // somebody has typed on
    list.replaceChildren(
      ...answer.map((option) => {
        const item = Object.assign(document.createElement("li"), { textContent: option.text });
        item.setAttribute("role", "option");
        item.addEventListener("click", () => take(option));
        return item;
      }),
    );
    list.hidden = !answer.length;
    box.setAttribute("aria-expanded", String(Boolean(answer.length)));
  });

  box.addEventListener("keydown", (event) => {
    const items = [...list.children];
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "Escape") close();
    if (list.hidden || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Enter") {
      if (at >= 0) items[at].click();
      return;
    }
    const next = (at + (event.key === "ArrowDown" ? 1 : items.length - 1) + (at < 0 && event.key === "ArrowUp")) % items.length;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === next)));
  });
}

const wrong = document.querySelector(".error");
const newest = document.querySelector(".messages > :last-child");
if (wrong) wrong.closest(".field").scrollIntoView({ block: "center" });
else if (newest) newest.scrollIntoView({ block: "end" });
