// The microphone of a try, also while the browser takes it away: a call comes in on the phone,
// the headset is unplugged, another program wants it, the right to it is withdrawn.

const RATE = 16000;
const LOOK_MS = 100;
const GAP_MS = 250; // without a packet
const STARVED_MS = 2000;
const SILENT_MS = 10000; // of nothing but zeros: a room is never so quiet
const HELD_MS = 60000; // how long a call waits for its microphone
const MOST_SILENCE_MS = 5000; // at once, after the page was asleep

// The microphone as packets of PCM. Without sound of its own it gives silence, so that the
// server keeps the call, and says why.
export class Microphone {
  // Asks for permission. Throws the DOMException of getUserMedia, or a TypeError where the
  // page may not even ask.
  static async open() {
    const stream = await ask();
    const context = new AudioContext();
    await context.audioWorklet.addModule(new URL("./try_it_capture.js", import.meta.url));
    return new Microphone(stream, context);
  }

  constructor(stream, context) {
    this.stream = stream;
    this.context = context;
    this.trouble = "";
    this.ending = new AbortController(); // of all listeners
  }

  // `onPacket(pcm, level)`. `onTrouble(kind)`: why no sound comes: "interrupted", "muted",
  // "ended", "denied", "silent"; "gone" when that has lasted too long, "" when sound comes again.
  start(onPacket, onTrouble = () => {}) {
    Object.assign(this, { onPacket, onTrouble });
    this.capture = new AudioWorkletNode(this.context, "try-it-capture", { numberOfOutputs: 0 });
    this.capture.port.onmessage = ({ data }) => this.#take(data.pcm, data.level);
    this.heardAt = this.givenAt = this.loudAt = performance.now();
    this.#connect();
    const { signal } = this.ending;
    const wake = () => this.#wake();
    this.context.addEventListener("statechange", () => this.#look(), { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    navigator.mediaDevices.addEventListener("devicechange", wake, { signal });
    navigator.permissions
      ?.query({ name: "microphone" })
      .then((permission) => {
        this.permission = permission;
        permission.addEventListener("change", () => this.#look(), { signal });
      })
      .catch(() => {}); // not every browser knows
    this.timer = setInterval(() => this.#keepUp(), LOOK_MS);
    this.#resume();
  }

  // Resume after a trouble, on a user's click: browsers want one. Throws as `open`.
  async recover() {
    this.#resume();
    if (["ended", "denied", "muted", "silent"].includes(this.#found())) {
      const stream = await ask();
      this.#stopTracks();
      this.stream = stream;
      this.loudAt = performance.now();
      this.#connect();
    }
    this.#look();
  }

  close() {
    clearInterval(this.timer);
    this.ending.abort();
    this.#stopTracks();
    this.context.close();
  }

  #connect() {
    this.input?.disconnect();
    this.input = this.context.createMediaStreamSource(this.stream);
    this.input.connect(this.capture);
    const [track] = this.stream.getAudioTracks();
    for (const change of ["mute", "unmute", "ended"]) {
      track.addEventListener(change, () => this.#look(), { signal: this.ending.signal });
    }
  }

  #take(pcm, level) {
    this.heardAt = this.givenAt = performance.now();
    if (level > 0) this.loudAt = this.heardAt;
    this.onPacket(pcm, level);
  }

  #keepUp() {
    const missing = Math.min(performance.now() - this.givenAt, MOST_SILENCE_MS);
    if (missing > GAP_MS) {
      this.givenAt = performance.now();
      for (let left = missing; left >= LOOK_MS; left -= LOOK_MS) {
        this.onPacket(new Int16Array((RATE * LOOK_MS) / 1000).buffer, 0);
      }
    }
    this.#look();
  }

  #look() {
    const found = this.#found();
    const now = performance.now();
    const isHeld = found && found !== "silent";
    this.heldSince = isHeld ? (this.heldSince ?? now) : undefined;
    const kind = isHeld && now - this.heldSince > HELD_MS ? "gone" : found;
    if (kind === this.trouble) return;
    this.trouble = kind;
    this.onTrouble(kind);
  }

  #found() {
    const [track] = this.stream.getAudioTracks();
    const now = performance.now();
    if (this.permission?.state === "denied") return "denied";
    if (track.readyState === "ended") return "ended";
    if (track.muted) return "muted";
    const isStarved = now - this.heardAt > STARVED_MS;
    // A context that is about to begin is "suspended" for a moment.
    if (this.context.state === "interrupted" || isStarved) return "interrupted";
    if (this.context.state !== "running" && now - this.heardAt > GAP_MS) return "interrupted";
    return now - this.loudAt > SILENT_MS ? "silent" : "";
  }

  // Another device or the page's return may have ended the trouble without a click.
  #wake() {
    if (document.visibilityState !== "visible") return;
    if (["ended", "muted"].includes(this.trouble)) this.recover().catch(() => {});
    else this.#resume();
  }

  #resume() {
    this.context.resume().catch(() => {}); // it stays as it is, and the button stays
  }

  #stopTracks() {
    for (const track of this.stream.getTracks()) track.stop();
  }
}

function ask() {
  return navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
  });
}
