"use strict";
// One line: where the project stands, and the one step that comes next.
studio.part("next", box => {
  const { h } = studio;
  const say = h("span", { class: "say" });
  const step = h("button", { class: "link step" });
  let now = null;
  step.addEventListener("click", () => {
    if (!now) return;
    studio.go(now.tab);
    if (now.lora) studio.tell("use", now.lora);
    studio.tell("next", now);
  });
  box.append(say, step);
  studio.on("pulse", found => {
    now = found.next;
    say.textContent = now.say;
    step.textContent = `→ ${now.do}`;
  });
});
