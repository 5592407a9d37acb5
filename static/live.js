// A page that follows live calls. `<div data-live="url of the partial">` is replaced by what the
// URL answers until the answer carries data-live no longer. Optional on it:
//   data-socket="/live/<org>/"  says when to read again; without a socket the page polls
//   data-call="81"              only news of this call matter
//   data-soon                   something that the socket does not tell is about to change
// Within it: `<time data-began="ISO">` ticks, `[data-newest]` is what a screen reader is told.
// A lost socket loses nothing: the page reads again whenever it has one again.

const POLL_MS = 3000;
const POLL_MS_AFTER_FAILURE = 10000;
const POLL_MS_BESIDE_SOCKET = 20000;
const NEWS_MS = 200; // what comes at once is read once
const RETRY_MS = [1000, 2000, 5000, 10000];
const ACCESS_LOST = 1008;

const find = () => document.querySelector("[data-live]");

class Follower {
  constructor() {
    this.timer = 0;
    this.isReading = false;
    this.isDue = false; // news came while reading
    this.hasFailed = false;
    this.failures = 0;
    this.isConnected = false;
    this.newest = null;
    this.#tellNewest();
    this.#connect();
    this.#plan();
    setInterval(() => this.#tick(), 1000);
    document.addEventListener("visibilitychange", () => document.hidden || this.#readSoon(0));
  }

  // --- when to read ------------------------------------------------------------------------

  #connect() {
    const path = find()?.dataset.socket;
    if (!path) return;
    const socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
    socket.onopen = () => {
      this.failures = 0;
      this.isConnected = true;
      this.#show();
      this.#readSoon(0);
    };
    socket.onmessage = ({ data }) => {
      const wanted = Number(find()?.dataset.call ?? 0);
      if (!wanted || JSON.parse(data).calls.includes(wanted)) this.#readSoon(NEWS_MS);
    };
    socket.onclose = ({ code }) => {
      this.isConnected = false;
      this.#show();
      this.#plan();
      if (code === ACCESS_LOST) return; // the next reading finds out, and leads to the log-in
      const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
      setTimeout(() => this.#connect(), wait);
    };
  }

  #readSoon(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#read(), ms);
  }

  #plan() {
    const region = find();
    if (!region) return;
    const isTold = this.isConnected && !("soon" in region.dataset);
    this.#readSoon(
      this.hasFailed ? POLL_MS_AFTER_FAILURE : isTold ? POLL_MS_BESIDE_SOCKET : POLL_MS,
    );
  }

  // --- reading -------------------------------------------------------------------------------

  async #read() {
    if (this.isReading) {
      this.isDue = true;
      return;
    }
    const region = find();
    if (!region) return;
    this.isReading = true;
    this.isDue = false;
    try {
      if (!document.hidden && !isSelected(region)) await this.#replace(region);
      this.hasFailed = false;
    } catch {
      this.hasFailed = true;
    }
    this.isReading = false;
    this.#show();
    if (this.isDue) this.#readSoon(NEWS_MS);
    else this.#plan();
  }

  async #replace(region) {
    const answer = await fetch(region.dataset.live, { headers: { Accept: "text/html" } });
    if (answer.redirected || answer.status === 403 || answer.status === 404) {
      location.reload(); // signed out, or no longer a member: the page says it better
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = document.createElement("template");
    fresh.innerHTML = await answer.text(); // our own page, escaped by the server
    const open = [...region.querySelectorAll("details[open][id]")].map((item) => item.id);
    const focused = region.contains(document.activeElement) && document.activeElement.id;
    region.replaceWith(fresh.content);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    document.dispatchEvent(new Event("live:replaced"));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    this.#tick();
    this.#tellNewest();
  }

  // --- what a person sees and hears ------------------------------------------------------------

  #show() {
    const dot = document.querySelector(".live-dot");
    if (!dot) return;
    dot.hidden = !find();
    const text = this.hasFailed ? dot.dataset.lost : dot.dataset.follows;
    dot.classList.toggle("lost", this.hasFailed);
    if (dot.textContent !== text) dot.textContent = text;
  }

  #tick() {
    for (const time of document.querySelectorAll("time[data-began]")) {
      const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time.dataset.began)) / 1000));
      time.textContent = clock(seconds);
    }
  }

  #tellNewest() {
    const newest = document.querySelector("[data-newest]")?.textContent.trim() ?? "";
    const status = document.getElementById("live-status");
    if (status && this.newest !== null && newest !== this.newest) status.textContent = newest;
    this.newest = newest;
  }
}

// Whoever selects text must not lose it.
function isSelected(region) {
  const selection = document.getSelection();
  return !selection.isCollapsed && region.contains(selection.anchorNode);
}

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

if (find()) new Follower();
