// Where the sound of a try comes from and goes to: microphone, recording, loudspeaker.

const RATE = 16000;
const CHUNK = 1600; // samples of a recording in one message: 100 ms
const LONGEST_SECONDS = 120;

export const LARGEST_BYTES = 10 * 1024 * 1024;

export { Microphone } from "./try_it_microphone.js";

// A file, sent in real time, with silence before and after it.
export class Recording {
  // Decodes whatever the browser can play. Throws a RangeError for one that is too long, a
  // DOMException for one that is no sound.
  static async open(file) {
    const decoder = new OfflineAudioContext(1, 1, RATE);
    const sound = await decoder.decodeAudioData(await file.arrayBuffer());
    if (sound.duration > LONGEST_SECONDS) throw new RangeError("too long");
    const pcm = new Int16Array(sound.length);
    const channels = [...Array(sound.numberOfChannels).keys()].map((at) => sound.getChannelData(at));
    for (let index = 0; index < pcm.length; index++) {
      const sum = channels.reduce((total, channel) => total + channel[index], 0);
      pcm[index] = Math.round(Math.max(-1, Math.min(1, sum / channels.length)) * 32767);
    }
    return new Recording(pcm);
  }

  constructor(pcm) {
    this.pcm = pcm;
    this.played = 0; // samples of the recording
    this.isSpeaking = false;
  }

  // Silence before the recording, so that the agent can greet first.
  speak() {
    this.isSpeaking = true;
  }

  // `onPacket(pcm, share)`: share of the recording that has been sent, 0 to 1.
  start(onPacket) {
    const began = performance.now();
    let sent = 0;
    this.timer = setInterval(() => {
      const due = ((performance.now() - began) * RATE) / 1000;
      for (; sent + CHUNK <= due; sent += CHUNK) onPacket(this.#next(), this.played / this.pcm.length);
    }, 50);
  }

  #next() {
    const chunk = new Int16Array(CHUNK);
    if (this.isSpeaking) {
      chunk.set(this.pcm.subarray(this.played, this.played + CHUNK));
      this.played = Math.min(this.played + CHUNK, this.pcm.length);
    }
    return chunk.buffer;
  }

  close() {
    clearInterval(this.timer);
  }
}

// Plays the agent; `onMark(name)` when playback has come so far. `onTrouble(kind)`: "unheard"
// while the browser plays nothing of this page, "" when it plays again.
export class Speaker {
  static async open(onMark, onTrouble = () => {}) {
    const context = new AudioContext({ sampleRate: RATE });
    await context.audioWorklet.addModule(new URL("./try_it_player.js", import.meta.url));
    return new Speaker(context, onMark, onTrouble);
  }

  constructor(context, onMark, onTrouble) {
    this.context = context;
    context.onstatechange = () => {
      if (context.state !== "closed") onTrouble(context.state === "running" ? "" : "unheard");
    };
    this.player = new AudioWorkletNode(context, "try-it-player", { numberOfInputs: 0 });
    this.player.connect(context.destination);
    this.player.port.onmessage = ({ data }) => {
      // What left the worklet has not left the loudspeaker yet.
      const late = context.outputLatency || context.baseLatency || 0;
      setTimeout(onMark, late * 1000, data.mark);
    };
    this.recover();
  }

  recover() {
    this.context.resume().catch(() => {}); // it stays as it is, and the button stays
  }

  play(pcm) {
    const samples = Float32Array.from(new Int16Array(pcm), (sample) => sample / 32768);
    this.player.port.postMessage({ samples }, [samples.buffer]);
  }

  mark(name) {
    this.player.port.postMessage({ mark: name });
  }

  clear() {
    this.player.port.postMessage({ clear: true });
  }

  close() {
    this.context.close();
  }
}

// For a user who reads: whatever has come counts as heard.
export class Silent {
  constructor(onMark) {
    this.onMark = onMark;
  }

  play() {}

  mark(name) {
    this.onMark(name);
  }

  clear() {}

  recover() {}

  close() {}
}
