// Listen to a live call: `<button data-listen="/live/<org>/listen/<sid>/" hidden>`. One at a time.

import { Speaker } from "./try_it_sound.js";

const ENDED = [1001, 1008];

class Listener {
  constructor() {
    this.words = document.getElementById("listen-words").dataset;
    this.path = "";
    this.socket = null;
    this.speaker = null;
    document.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-listen]");
      if (button) this.#toggle(button.dataset.listen);
    });
    document.addEventListener("live:replaced", () => this.#show());
    this.#show();
  }

  async #toggle(path) {
    const isStopping = path === this.path;
    this.#stop();
    if (isStopping) return;
    this.path = path;
    this.#show();
    try {
      const speaker = await Speaker.open(() => {});
      if (path !== this.path) {
        speaker.close();
        return;
      }
      this.speaker = speaker;
      this.#open(path);
    } catch {
      this.#end(this.words.failed);
    }
  }

  #open(path) {
    const socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#say(this.words.began);
    socket.onmessage = ({ data }) => this.speaker?.play(data);
    socket.onclose = ({ code }) => {
      if (socket !== this.socket) return;
      this.#end(ENDED.includes(code) ? this.words.ended : this.words.failed);
    };
    this.socket = socket;
  }

  #end(sentence) {
    this.#stop();
    this.#say(sentence);
  }

  #stop() {
    const { socket, speaker } = this;
    this.path = "";
    this.socket = this.speaker = null;
    socket?.close();
    speaker?.close();
    this.#say("");
    this.#show();
  }

  #say(text) {
    const status = document.getElementById("live-status");
    if (status) status.textContent = text;
  }

  #show() {
    for (const button of document.querySelectorAll("[data-listen]")) {
      const isOn = button.dataset.listen === this.path;
      button.hidden = false;
      button.setAttribute("aria-pressed", String(isOn));
      const text = isOn ? this.words.stop : this.words.listen;
      if (button.textContent !== text) button.textContent = text;
    }
  }
}

if (document.getElementById("listen-words")) new Listener();
