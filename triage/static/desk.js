// What the desk does in the browser beyond HTML. Every decision works without it.
import { Button, ErrorSummary, NotificationBanner, SkipLink, createAll } from "/static/built/govuk-frontend.min.js";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
for (const component of [Button, ErrorSummary, NotificationBanner, SkipLink]) createAll(component);

// A table that is wider than the screen can be scrolled with the keyboard as well.
for (const box of document.querySelectorAll(".desk-x")) {
  if (box.scrollWidth <= box.clientWidth) continue;
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Table, can be scrolled sideways");
}

const banner = document.getElementById("connection");

function lost(text) {
  if (!banner) return;
  // What the server said of the hub stays: that the desk itself answers is no news of the hub.
  if (!text && !banner.classList.contains("desk-connection--lost")) return;
  const box = document.createElement("div");
  box.className = "govuk-width-container";
  box.textContent = text;
  banner.replaceChildren(box);
  banner.classList.toggle("desk-connection--lost", Boolean(text));
  if (!text) banner.replaceChildren();
}

// Questions that only follow from another answer are hidden until it is given; without this script all are shown.
for (const part of document.querySelectorAll("[data-only-with]")) {
  const form = part.closest("form");
  const update = () => {
    const chosen = form.querySelector(`[name="${part.dataset.onlyWith}"]:checked`);
    part.hidden = chosen?.value !== part.dataset.onlyValue;
  };
  form.addEventListener("change", update);
  update();
}

// What stands after the # of a link is never sent by a browser: a one-time link's code is put into its form from there.
for (const field of document.querySelectorAll("[data-from-fragment]")) {
  if (window.location.hash.length < 2 || field.value) continue;
  field.value = window.location.hash.slice(1);
  window.history.replaceState(null, "", window.location.pathname);
}
for (const field of document.querySelectorAll("[data-own-address]")) {
  field.value = window.location.origin + field.dataset.ownAddress;
}

// A form is sent in the background: where the line is down, the page and all that was typed stay as they are.
for (const form of document.querySelectorAll("form[data-keep]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    const button = event.submitter;
    button?.setAttribute("aria-disabled", "true");
    form.setAttribute("aria-busy", "true");
    lost("");
    try {
      const filled = new FormData(form, button);
      const body = form.enctype === "multipart/form-data" ? filled : new URLSearchParams(filled);
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, credentials: "same-origin" });
      if (answer.status === 413) {
        lost("That is more than can be sent at once. Nothing was saved, and what you typed is still here: send fewer or smaller files.");
        banner?.scrollIntoView({ block: "nearest" });
        return;
      }
      if (answer.redirected) {
        leaving = true;
        window.location.assign(answer.url);
        return;
      }
      const text = await answer.text();
      leaving = true;
      document.open();
      document.write(text);
      document.close();
      // A page that was written into this one does not run a module again that has run already.
      import(`/static/desk/desk.js?written=${Date.now()}`);
    } catch {
      lost("The connection is lost. Nothing was saved, and what you typed is still here. Try again when the line is back.");
      banner?.scrollIntoView({ block: "nearest" });
    } finally {
      button?.removeAttribute("aria-disabled");
      form.removeAttribute("aria-busy");
    }
  });
}

// Leaving with something typed and not saved asks first.
let leaving = false;
let typed = false;
for (const form of document.querySelectorAll("form[data-keep]")) form.addEventListener("input", () => { typed = true; });
// Whoever has to leave in a hurry is asked nothing, and the Back button does not lead here again.
for (const link of document.querySelectorAll("[data-leave]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leaving = true;
    document.body.replaceChildren();
    window.location.replace(link.href);
  });
}
window.addEventListener("beforeunload", (event) => { if (typed && !leaving) event.preventDefault(); });
for (const form of document.querySelectorAll("form:not([data-keep])")) form.addEventListener("submit", () => { leaving = true; });

// The server says that something has changed; the page asks for what it needs: at once, and then every three seconds at
// most, so that a busy hour and a hundred open pages do not wear the desk down.
if (document.querySelector("[data-live], .desk-fresh")) {
  const stream = new EventSource("/changes");
  const least = 3000;
  let waiting = 0;
  let last = 0;
  stream.addEventListener("changed", () => {
    if (waiting) return;
    waiting = window.setTimeout(() => {
      waiting = 0;
      last = Date.now();
      document.body.dispatchEvent(new Event("desk:changed"));
    }, Math.max(200, last + least - Date.now()));
  });
  stream.addEventListener("error", () => { if (!leaving) lost("The line to the desk is down. What you see may be old; it comes back by itself."); });
  stream.addEventListener("open", () => lost(""));
  window.addEventListener("pagehide", () => { leaving = true; stream.close(); });
}
