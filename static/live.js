// An open call's page follows the call: `<div data-live="url of the partial">` is replaced
// by what the URL answers until the answer no longer carries data-live.

const EVERY_MS = 2000;
const EVERY_MS_AFTER_FAILURE = 10000;

// A reader who selects text or stands in the region must not lose their place.
function isBeingRead(region) {
  const selection = document.getSelection();
  return (
    region.contains(document.activeElement) ||
    (!selection.isCollapsed && region.contains(selection.anchorNode))
  );
}

async function refresh() {
  const region = document.querySelector("[data-live]");
  if (!region) return;
  let wait = EVERY_MS;
  if (!document.hidden && !isBeingRead(region)) {
    try {
      const answer = await fetch(region.dataset.live, { headers: { Accept: "text/html" } });
      if (answer.redirected || answer.status === 404) return;
      if (!answer.ok) throw new Error(answer.statusText);
      const fresh = document.createElement("template");
      fresh.innerHTML = await answer.text();
      const open = [...region.querySelectorAll("details[open][id]")].map((item) => item.id);
      region.replaceWith(fresh.content);
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    } catch {
      wait = EVERY_MS_AFTER_FAILURE;
    }
  }
  setTimeout(refresh, wait);
}

setTimeout(refresh, EVERY_MS);
