// The console's own script: what changed is put in quietly, and the keys. Without it every page works.
(() => {
  "use strict";
  // --- what is live -----------------------------------------------------------------------------
  const board = document.querySelector("[data-live]");
  const status = document.getElementById("live");
  let source = null, last = board ? board.dataset.number : "", since = null;

  function told(text) {
    if (status && status.textContent !== text) status.textContent = text;
  }
  // Makes one element like another, leaving what is alike as it is: nothing blinks, focus stays.
  function liken(from, to) {
    for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
    for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    const now = [...from.childNodes], then = [...to.childNodes];
    then.forEach((node, at) => {
      const old = now[at];
      if (!old) from.append(node);
      else if (old.nodeType !== node.nodeType || old.nodeName !== node.nodeName) old.replaceWith(node);
      else if (node.nodeType === Node.ELEMENT_NODE) liken(old, node);
      else if (old.data !== node.data) old.data = node.data;
    });
    now.slice(then.length).forEach((node) => node.remove());
  }
  function put(element, html) {
    const like = element.cloneNode(false);
    like.innerHTML = html;
    liken(element, like);
  }
  function connect() {
    if (source || document.hidden) return;
    source = new EventSource(board.dataset.live + "?seen=" + encodeURIComponent(last));
    source.onopen = () => { since = null; told("Live"); };
    source.onerror = () => {
      since = since || new Date();
      told("Not live since " + since.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      leave();
      setTimeout(connect, 10000);
    };
    source.addEventListener("whole", (event) => {
      last = event.lastEventId;
      put(board, JSON.parse(event.data).html);
    });
    source.addEventListener("parts", (event) => {
      last = event.lastEventId;
      for (const [name, html] of Object.entries(JSON.parse(event.data).parts)) {
        const part = document.getElementById("part-" + name);
        if (part) put(part, html);
      }
    });
    source.addEventListener("over", () => { leave(); told("Signed out. Load the page again to sign in."); });
  }
  function leave() {
    if (source) source.close();
    source = null;
  }
  if (board) {
    connect();
    // A page that nobody sees asks for nothing: browsers allow few streams at a time.
    document.addEventListener("visibilitychange", () => (document.hidden ? leave() : connect()));
    window.addEventListener("pagehide", leave);
  }
  // On a phone the rail is a row that is pushed aside: where one is has to be seen.
  const rail = document.querySelector(".rail nav"), here = rail && rail.querySelector("[aria-current]");
  if (here) rail.scrollLeft = here.offsetLeft - rail.offsetLeft - 16;
  // --- the keys ---------------------------------------------------------------------------------
  const places = { t: "/console", c: "/console/courses", p: "/console/people", m: "/console/money", s: "/console/system" };
  const rows = () => [...document.querySelectorAll("[data-row] a, .sitting h2 a")]
    .filter((link, at, all) => all.findIndex((one) => one.closest("[data-row], .sitting") === link.closest("[data-row], .sitting")) === at);
  let going = false;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = document.getElementById("keys");
    if (going) {
      going = false;
      const place = places[event.key];
      if (place) location.href = place;
      return;
    }
    if (event.key === "/") {
      const field = document.querySelector("#find");
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    } else if (event.key === "?") keys.showModal();
    else if (event.key === "g") going = true;
    else if (event.key === "j" || event.key === "k") {
      const all = rows(), at = all.indexOf(document.activeElement);
      const next = all[event.key === "j" ? at + 1 : Math.max(0, at - 1)];
      if (next) next.focus();
    }
  });
})();
