// A page that follows live calls. `<div data-live="url of the partial">` is replaced by what the
// URL answers until the answer carries data-live no longer. Optional on it:
//   data-socket="/live/<org>/"  says when to read again; without a socket the page polls
//   data-call="81"              only news of this call matter
//   data-soon                   something that the socket does not publish is about to change
// `<div id="..." data-with-live>` elsewhere on the page is replaced by the one of that id which comes
// with it; what stands between the two stays, with what is being written there.
// Within it: `<time data-began="ISO">` ticks, `[data-newest]` is what a screen reader announces.
// A lost socket loses nothing: the page reads again whenever it has one again.
// What is in use is not taken away: the page waits while a sound of it plays, the user writes in
// one of its fields or has selected text, and a sound that was paused continues from where it was.

const POLL_MS = 3000;
const POLL_MS_AFTER_FAILURE = 10000;
const POLL_MS_BESIDE_SOCKET = 20000;
const NEWS_MS = 200; // what comes at once is read once
const ANSWER_MS = 15000; // what takes longer is not waited for
const RETRY_MS = [1000, 2000, 5000, 10000];
const ACCESS_LOST = 1008;

const find = () => document.querySelector("[data-live]");
// What an answer replaces, `region` first.
const partsWith = (region) => [region, ...document.querySelectorAll("[data-with-live][id]")];

class Follower {
  constructor() {
    this.timer = 0;
    this.readsAt = Infinity;
    this.text = ""; // of the latest answer
    this.socket = null;
    this.isReading = false;
    this.isDue = false; // news came while reading
    this.hasFailed = false;
    this.failures = 0;
    this.isConnected = false;
    this.newest = null;
    this.#tellNewest();
    this.#show();
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
    this.socket = socket;
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

  // Brings the next reading forward; news that keep coming must not put it off.
  #readSoon(ms) {
    const at = performance.now() + ms;
    if (at >= this.readsAt) return;
    clearTimeout(this.timer);
    this.readsAt = at;
    this.timer = setTimeout(() => this.#read(), ms);
  }

  #plan() {
    const region = find();
    if (!region) return;
    const isTold = this.isConnected && !("soon" in region.dataset) && !partsWith(region).some(isInUse);
    this.#readSoon(
      this.hasFailed ? POLL_MS_AFTER_FAILURE : isTold ? POLL_MS_BESIDE_SOCKET : POLL_MS,
    );
  }

  // --- reading -------------------------------------------------------------------------------

  async #read() {
    this.readsAt = Infinity;
    if (this.isReading) {
      this.isDue = true;
      return;
    }
    const region = find();
    if (!region) return;
    this.isReading = true;
    this.isDue = false;
    try {
      if (!document.hidden && !partsWith(region).some(isInUse)) {
        await this.#replace(region);
        this.hasFailed = false;
      }
    } catch {
      this.hasFailed = true;
    }
    this.isReading = false;
    this.#show();
    if (this.isDue) this.#readSoon(NEWS_MS);
    else this.#plan();
  }

  async #replace(region) {
    const { answer, text } = await read(region.dataset.live);
    if (answer.redirected || answer.status === 403 || answer.status === 404) {
      location.reload(); // signed out, or no longer a member: the page says it better
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const parts = partsWith(region);
    if (text === this.text || parts.some(isInUse)) return;
    this.text = text;
    const fresh = document.createElement("template");
    fresh.innerHTML = text; // our own page, escaped by the server
    const within = (query) => parts.flatMap((part) => [...part.querySelectorAll(query)]);
    const sounds = within("audio");
    const open = within("details[open][id]").map((item) => item.id);
    const focused = parts.some((part) => part.contains(document.activeElement)) && document.activeElement.id;
    for (const part of [...fresh.content.querySelectorAll("[data-with-live][id]")]) {
      const old = parts.find((item) => item.id === part.id);
      if (old) old.replaceWith(part);
    }
    region.replaceWith(fresh.content);
    for (const sound of sounds) keep(sound);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    document.dispatchEvent(new Event("live:replaced"));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    this.#tick();
    this.#tellNewest();
    if (!find()) this.socket?.close();
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

// The answer and all of its text. Throws what `fetch` throws, also when it takes ANSWER_MS.
async function read(url) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_MS);
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, signal: patience.signal });
    return { answer, text: await answer.text() };
  } finally {
    clearTimeout(timer);
  }
}

// A user who listens, writes or selects text must not lose it.
function isInUse(region) {
  const selection = document.getSelection();
  const isSelected = !selection.isCollapsed && region.contains(selection.anchorNode);
  const isWritten = document.activeElement.matches("input, select, textarea, [contenteditable]");
  const sounds = [...region.querySelectorAll("audio")];
  const texts = [...region.querySelectorAll("textarea")];
  return (
    isSelected ||
    texts.some((text) => text.value !== text.defaultValue || text.getAttribute("aria-invalid")) ||
    (isWritten && region.contains(document.activeElement)) ||
    sounds.some((sound) => !sound.paused)
  );
}

// Put `sound`, which has been taken off the page, in the place of the fresh one of the same file.
function keep(sound) {
  const address = sound.getAttribute("src");
  const fresh = [...document.querySelectorAll("audio")];
  fresh.find((twin) => twin.getAttribute("src") === address)?.replaceWith(sound);
}

function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

if (find()) new Follower();
