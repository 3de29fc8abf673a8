"use strict";
// Two evaluations beside each other: who is in both, what each metric says in each, what differs in how they were made.
studio.evalVersus = desk => {
  const { h, w } = studio;
  const head = studio.evalHead({ back: () => desk.go({ view: "home" }), title: w("eval.compare") });
  const body = h("div", { class: "eval-body" });
  return { node: h("div", {}, head, body), load() {} };
};
