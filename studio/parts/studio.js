"use strict";
// What every part shares: words, DOM, calls, the place where the person is, and the pulse of running work.
// A part is `studio.part(name, (box, io) => …)`: `box` is its element, `io` Gradio's {props, trigger, upload, watch}.

window.studio = (() => {
  const WORDS = window.STUDIO_WORDS || {};
  const PLACE = "studio.place";
  const parts = {};
  const waiting = {};
  const heard = {};
  const root = document.documentElement.lang === "ko" ? "/ko" : "";
  const place = { project: 0, dataset: 0, tab: "", datasets: {} };
  let last = { jobs: [], projects: [] };

  // ── words ────────────────────────────────────────────────────────────
  // The words under a key, `{name}`s filled in; of `one|many` the one that fits `n`.
  function w(key, values = {}) {
    let text = WORDS[key] ?? key;
    if (text.includes("|") && "n" in values) text = text.split("|")[values.n === 1 ? 0 : 1];
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }
  const has = key => key in WORDS;

  // Seconds as a person says them.
  function span(seconds) {
    if (seconds === null || seconds === undefined || !isFinite(seconds)) return "";
    if (seconds < 60) return w("time.seconds", { n: Math.max(1, Math.round(seconds)) });
    if (seconds < 5400) return w("time.minutes", { n: Math.max(1, Math.round(seconds / 60)) });
    return w("time.hours", { n: (seconds / 3600).toFixed(1) });
  }

  function ago(iso) {
    const seconds = (Date.now() - new Date(iso).getTime()) / 1000;
    if (seconds < 50) return w("time.now");
    return seconds < 86400 ? w("time.ago", { span: span(seconds) }) : new Date(iso).toLocaleDateString(document.documentElement.lang);
  }

  function bytes(count) {
    if (count > 5e8) return `${(count / 1073741824).toFixed(1)} GB`;
    return count > 1048576 ? `${(count / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(count / 1024))} KB`;
  }

  // ── DOM ──────────────────────────────────────────────────────────────
  // An element; strings among `kids` become text nodes, never HTML.
  function h(tag, attributes = {}, ...kids) {
    const svg = SVG.has(tag);
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (key === "data") Object.assign(node.dataset, value);
      else if (key === "value" && !svg) node.value = value;
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...kids.flat(3).filter(kid => kid !== null && kid !== undefined && kid !== false));
    return node;
  }
  const SVG = new Set(["svg", "path", "line", "circle", "rect", "g", "polyline", "text", "ellipse"]);

  // Make `container` show `items`, keeping the nodes (and so focus and scroll) of those that stay.
  function list(container, items, key, make, update) {
    const old = new Map([...container.children].map(node => [node.dataset.key, node]));
    let before = null;
    for (const item of items) {
      const name = String(key(item));
      let node = old.get(name);
      if (node) old.delete(name);
      else {
        node = make(item);
        node.dataset.key = name;
      }
      update?.(node, item);
      const next = before ? before.nextSibling : container.firstChild;
      if (next !== node) container.insertBefore(node, next);
      before = node;
    }
    for (const node of old.values()) node.remove();
  }

  const visible = node => node.isConnected && node.getClientRects().length > 0;
  const thumb = file => `/thumb/${file}`;
  const file = name => `/file/${name}`;
  const icon = (...paths) =>
    h("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, ...paths.map(d => h("path", { d })));

  // ── calls ────────────────────────────────────────────────────────────
  // Call an endpoint of the page by name; the same that other programs call.
  // `signal` gives up waiting for it; a mere look is given up by itself, so that no part waits for ever and asks again.
  const SILENCE = 30000; // milliseconds after which a studio that holds the line is taken for gone
  const LOOKS = /^(look|list|choices|pulse|offer)(_|$)/;
  async function call(name, given = {}, signal = LOOKS.test(name) ? AbortSignal.timeout(SILENCE) : null) {
    const known = window.gradio_api_info?.named_endpoints?.[`/${name}`]?.parameters || [];
    const data = known.map(p => (p.parameter_name in given ? given[p.parameter_name] : p.parameter_default ?? null));
    return post(name, data, { signal });
  }

  async function post(name, data, { keepalive = false, signal = null } = {}) {
    let answer;
    try {
      answer = await fetch(`${root}/gradio_api/run/${name}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ data }),
        keepalive,
        signal,
      });
    } catch {
      throw Object.assign(new Error(w("error.away")), { told: gone() });
    }
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(found.error || w("error.unexpected"));
    return found.data?.[0] ?? null;
  }

  // The same, but an error becomes a toast and the answer undefined.
  async function act(name, given = {}) {
    try {
      return await call(name, given);
    } catch (error) {
      if (!error.told) studio.toast(error.message, { kind: "wrong" });
      return undefined;
    }
  }

  // `fn` so that its calls run one after another, as they were asked: no slow answer to an older question overtakes a newer one.
  function inTurn(fn) {
    let line = Promise.resolve();
    return (...given) => {
      const mine = line.then(() => fn(...given));
      line = mine.catch(() => {});
      return mine;
    };
  }

  // A job as it is once it has ended; meanwhile `tell` is given what it is.
  async function ended(job, tell = () => {}) {
    let now = await call("look_job", { job });
    while (["queued", "running"].includes(now.state)) {
      tell(now);
      await new Promise(yes => setTimeout(yes, 300));
      now = await call("look_job", { job }).catch(() => now);
    }
    return now;
  }

  // ── events between parts ─────────────────────────────────────────────
  // A part of a tab that was never opened is not there yet: what it is to `use` or is to `give` it waits for it.
  const KEPT = ["use", "use blend", "give", "show run", "teach", "measure"], kept = {};

  function on(event, fn) {
    (heard[event] ||= []).push(fn);
    if (event in kept) { const facts = kept[event]; delete kept[event]; setTimeout(() => fn(facts)); }
    if (event === "pulse" && last.project) setTimeout(() => fn(last)); // whoever comes late need not wait for the next one
  }

  function tell(event, facts) {
    if (!heard[event] && KEPT.includes(event)) kept[event] = facts;
    (heard[event] || []).forEach(fn => fn(facts));
  }

  function part(name, fn) {
    parts[name] = fn;
    for (const [box, io] of waiting[name] || []) fn(box, io);
  }

  function draw(name, box, io) {
    box.classList.add(`part-${name}`);
    if (parts[name]) parts[name](box, io);
    else (waiting[name] ||= []).push([box, io]);
  }

  // Call `fn` now, whenever the part comes into sight, when work changed, and each pulse while `busy()`.
  function follow(box, fn, busy = () => last.jobs.length > 0) {
    let seen = false, running = false, stale = true, later = false;
    const run = async () => {
      if (running) { later = true; return; }
      running = true;
      try {
        await fn();
        stale = false;
      } catch (error) {
        if (!away) console.warn(error.message);
      } finally {
        running = false;
        if (later) { later = false; run(); }
      }
    };
    new IntersectionObserver(entries => {
      const now = entries.some(entry => entry.isIntersecting) || visible(box);
      if (now && (!seen || stale)) run();
      seen = now;
    }).observe(box.parentElement || box);
    on("pulse", () => { if (seen && visible(box) && (stale || busy())) run(); });
    for (const event of ["work", "place", "changed"]) on(event, () => { stale = true; if (visible(box)) run(); });
    if (place.project) run();
    return run;
  }

  // ── where the person is ──────────────────────────────────────────────
  function recall() {
    let kept = {};
    try { kept = JSON.parse(localStorage.getItem(PLACE) || "{}"); } catch { kept = {}; }
    const query = new URLSearchParams(location.search);
    place.datasets = kept.datasets || {};
    place.project = Number(query.get("project")) || kept.project || 0;
    place.dataset = Number(query.get("dataset")) || place.datasets[place.project] || 0;
    place.tab = query.get("tab") || kept.tab || "dataset";
  }

  function keepPlace() {
    if (place.project && place.dataset) place.datasets[place.project] = place.dataset;
    try { localStorage.setItem(PLACE, JSON.stringify(place)); } catch { /* a private window keeps nothing */ }
    const query = new URLSearchParams(location.search);
    for (const key of ["project", "dataset", "tab"]) place[key] ? query.set(key, place[key]) : query.delete(key);
    history.replaceState(null, "", `${location.pathname}?${query}`);
  }

  async function move(where) {
    if (where.project && where.project !== place.project) {
      place.dataset = place.datasets[where.project] || 0;
      if (!("dataset" in where)) where = { ...where, dataset: place.dataset };
    }
    Object.assign(place, where);
    keepPlace();
    await beating;
    await beat();
    tell("place", place);
  }

  function go(tab) {
    const button = document.getElementById(`tab-${tab}-button`) || document.querySelector(`[data-tab-id="${tab}"]`);
    button?.click();
  }

  function watchTabs() {
    const bar = document.querySelector("#tabs [role=tablist]");
    if (!bar) { setTimeout(watchTabs, 30); return; }
    const note = () => {
      const chosen = document.querySelector("#tabs .tab-container [role=tab][aria-selected=true]");
      const name = chosen?.id.replace(/^tab-|-button$/g, "");
      if (name && name !== place.tab) { place.tab = name; keepPlace(); tell("tab", name); }
    };
    if (place.tab && place.tab !== "dataset") go(place.tab);
    setTimeout(note, 200);
    document.addEventListener("click", event => { if (event.target.closest("#tabs .tab-wrapper")) setTimeout(note, 0); });
    document.addEventListener("keyup", event => { if (event.target.closest?.("#tabs .tab-wrapper")) setTimeout(note, 0); });
  }

  // ── the pulse ────────────────────────────────────────────────────────
  const AWAY = "studio.away"; // outlives Gradio's own reloading of the page when it finds the studio back
  let away = sessionStorage.getItem(AWAY) !== null, leaving = false, mark = null, timer = 0, beating = null;

  // Something that was asked got no answer: said once, until the pulse finds the studio again. Answers whether it was said now.
  function gone() {
    if (away || leaving) return false;
    away = true;
    sessionStorage.setItem(AWAY, "1");
    studio.toast(w("error.away"), { kind: "wrong", long: true });
    return true;
  }

  function beat() {
    beating ||= pulse().finally(() => { beating = null; });
    return beating;
  }

  async function pulse() {
    try {
      const asked = { project: place.project, dataset: place.dataset };
      const now = await call("pulse", asked);
      if (asked.project !== place.project || asked.dataset !== place.dataset) return; // the person has gone elsewhere meanwhile
      if (away) {
        away = false;
        studio.toast(w("error.back"), { kind: "good" });
        setTimeout(() => { if (!away) sessionStorage.removeItem(AWAY); }, 3000);
      }
      const moved = now.project !== place.project || now.dataset !== place.dataset;
      if (moved) { place.project = now.project; place.dataset = now.dataset; keepPlace(); }
      last = now;
      tell("pulse", now);
      const fresh = [now.ended, ...now.jobs.map(job => `${job.id}${job.state}${job.wish}`)].join(); // a quick job begins and ends between two pulses
      if (fresh !== mark) { const first = mark === null; mark = fresh; if (!first || now.jobs.length) tell("work", now); }
      if (moved) tell("place", place);
    } catch (error) {
      if (leaving) return;
      if (!away && !error.told) studio.toast(error.message, { kind: "wrong", long: true });
      away = true;
      sessionStorage.setItem(AWAY, "1");
    }
  }

  async function loop() {
    clearTimeout(timer);
    if (!document.hidden) await beat();
    timer = setTimeout(loop, document.hidden ? 5000 : last.jobs.length ? 1000 : 3500);
  }

  // Something was asked of the queue or changed by a click: look at once.
  async function asked(task) { tell("asked", task); await beat(); }
  async function changed() { await beat(); tell("changed"); }

  recall();
  addEventListener("pagehide", () => { leaving = true; }); // what is broken off by leaving the page says nothing of the studio
  addEventListener("pageshow", () => { leaving = false; });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) loop(); });
  addEventListener("DOMContentLoaded", () => { loop(); watchTabs(); });

  return { w, has, h, list, call, act, post, inTurn, ended, on, tell, part, draw, follow, place, move, go, asked, changed, span, ago, bytes, visible, thumb, file, icon, beat, get last() { return last; }, get root() { return root; } };
})();
