"use strict";
// Fields of a form that Gradio does not have: a choice that knows what is in the store, and a value that is only kept.
studio.part("pick", (box, { props, trigger, watch }) => {
  const { h, w } = studio;
  const choose = h("select", { "aria-label": props.label, onchange: () => set(choose.value) });
  const help = props.help && h("p", { class: "help" }, props.help);
  box.append(h("label", { class: "pick" }, h("span", { class: "label" }, props.label), choose, help));
  let options = props.options || [];

  function set(value) {
    if (props.value === value) return;
    props.value = value;
    trigger("change"); // may come twice, “select” once
    trigger("select");
    tell();
  }

  function show() {
    const known = options.some(option => option.value === (props.value ?? ""));
    const missing = !known && props.value ? [{ value: props.value, label: `${props.value} (${w("field.gone")})` }] : [];
    const none = options.length || missing.length ? [] : [{ value: "", label: w(`field.none.${props.source || "any"}`) }];
    choose.replaceChildren(...[...missing, ...options, ...none].map(option =>
      h("option", { value: option.value }, option.more ? `${option.label} · ${option.more}` : option.label)));
    choose.value = props.value ?? "";
    choose.disabled = !options.length;
    if (choose.selectedIndex < 0) choose.selectedIndex = 0;
    tell();
  }

  const tell = () => studio.tell("field", { id: box.closest(".block")?.id, value: props.value ?? "" });

  const load = studio.inTurn(async () => {
    let asked = {};
    while (props.source && asked !== props.value) { // what was chosen meanwhile may be newer than the answer
      asked = props.value;
      options = await studio.call("choices", { kind: props.source, project: studio.place.project });
    }
    const fits = options.some(option => option.value === (props.value ?? ""));
    if (!fits && options.length && (!props.value || props.source === "datasets")) set((preferred() || options[0]).value);
    show();
  });

  function preferred() {
    if (props.source !== "datasets") return null;
    return options.find(option => option.value === studio.chosen?.name);
  }

  let last = 0; // the data set that was looked at last: looking at another one chooses it here too
  if (props.source === "datasets") studio.on("dataset", row => {
    if (row.id !== last) set(row.name);
    last = row.id;
    load().catch(show);
  });
  studio.on("pick", ({ id, value, from }) => { if (box.closest(`#${id}`) && (!from || props.value === from)) { set(value); show(); } });
  watch("value", show);
  show();
  if (props.source) studio.follow(box, load, () => false);
});

studio.part("keep", (box, { props, trigger, watch }) => {
  box.hidden = true;
  watch("value", () => studio.tell("kept", { id: box.closest(".block")?.id, value: props.value }));
  studio.on("keep", ({ id, value }) => { if (box.closest(`#${id}`)) { props.value = value; trigger("change"); trigger("submit"); } }); // “submit” comes once
});

// A field's help is beside it where there is room, else it is its tooltip.
document.addEventListener("pointerover", event => {
  const field = event.target.closest?.(".fields .field, .fields .part-pick, #auto-row .part-pick");
  const help = field?.querySelector(".info-text, .help");
  if (field && help && !field.title) field.title = help.textContent;
});
