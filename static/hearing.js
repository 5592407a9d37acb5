// One sentence for the page "How callers are heard": recorded here, or a file of any kind, sent as WAV.

import { Microphone, Recording } from "./try_it_sound.js";

const RATE = 16000;

class Sentence {
  constructor(form) {
    this.form = form;
    this.part = (name) => form.querySelector(`[data-part="${name}"]`);
    this.file = form.elements.sentence;
    this.button = this.part("record");
    this.words = this.button.textContent;
    this.button.addEventListener("click", () => (this.microphone ? this.#stop() : this.#record()));
    form.addEventListener("submit", (event) => this.#send(event));
    this.part("microphone").hidden = false;
  }

  async #record() {
    this.#problem("");
    this.button.disabled = true;
    try {
      this.microphone = await Microphone.open();
    } catch {
      this.#problem("denied");
      return;
    } finally {
      this.button.disabled = false;
    }
    this.packets = [];
    this.length = 0;
    this.button.textContent = this.button.dataset.stop;
    this.part("level").hidden = false;
    this.microphone.start((pcm, level) => this.#hear(pcm, level), (kind) => { if (kind === "denied") this.#stop(); });
  }

  #hear(pcm, level) {
    const room = this.form.dataset.seconds * RATE - this.length;
    const packet = new Int16Array(pcm).subarray(0, room);
    this.packets.push(packet);
    this.length += packet.length;
    this.part("level").value = level;
    if (packet.length === room) this.#stop();
  }

  #stop() {
    if (!this.microphone) return;
    this.microphone.close();
    this.microphone = null;
    this.button.textContent = this.words;
    this.part("level").hidden = true;
    const pcm = new Int16Array(this.length);
    let at = 0;
    for (const packet of this.packets) {
      pcm.set(packet, at);
      at += packet.length;
    }
    this.#submit(pcm);
  }

  // A file that the server could not read is made one that it can.
  async #send(event) {
    const [file] = this.file.files;
    if (!file || this.isReady) return;
    event.preventDefault();
    try {
      const recording = await Recording.open(file);
      // Of a long one the beginning: no more is taken, so no more is sent.
      this.#submit(recording.pcm.subarray(0, this.form.dataset.seconds * RATE));
    } catch {
      this.#problem("unreadable");
    }
  }

  #submit(pcm) {
    const files = new DataTransfer();
    files.items.add(new File([wav(pcm)], "sentence.wav", { type: "audio/wav" }));
    this.file.files = files.files;
    this.isReady = true;
    this.form.requestSubmit();
    this.isReady = false;
  }

  #problem(kind) {
    const place = this.part("problem");
    place.textContent = kind ? place.dataset[kind] : "";
    place.hidden = !kind;
  }
}

function wav(pcm) {
  const head = new DataView(new ArrayBuffer(44));
  const write = (at, text) => [...text].forEach((sign, index) => head.setUint8(at + index, sign.charCodeAt(0)));
  const bytes = pcm.length * 2;
  write(0, "RIFF");
  head.setUint32(4, 36 + bytes, true);
  write(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true); // PCM
  head.setUint16(22, 1, true); // mono
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  write(36, "data");
  head.setUint32(40, bytes, true);
  return new Blob([head, pcm]);
}

const form = document.querySelector("[data-hearing]");
if (form) new Sentence(form);
