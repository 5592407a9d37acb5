// AudioWorklet: the microphone, at whatever rate it runs, as 16-bit PCM at 16 kHz.
// Out: {pcm: ArrayBuffer of 20 ms, level: 0 to 1}. Not every browser lets a microphone into a
// context of another rate, so the conversion is done here.

const RATE = 16000;
const PACKET = 320; // samples
const LOBES = 12; // of the windowed sinc, on each side
const PHASES = 256; // between two input samples
const PASSED = 0.46; // of the lower rate: 7.4 kHz

function filterBank(inputRate) {
  const cutoff = (PASSED * Math.min(RATE, inputRate)) / inputRate; // cycles an input sample
  const half = Math.ceil(LOBES / (2 * cutoff));
  const bank = [];
  for (let phase = 0; phase < PHASES; phase++) {
    const taps = new Float32Array(2 * half);
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap++) {
      const offset = tap - half + 1 - phase / PHASES;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * offset) / half);
      const angle = 2 * Math.PI * cutoff * offset;
      taps[tap] = (offset === 0 ? 1 : Math.sin(angle) / angle) * window;
      sum += taps[tap];
    }
    bank.push(taps.map((tap) => tap / sum));
  }
  return { bank, half };
}

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / RATE; // sampleRate: the worklet's own global
    Object.assign(this, filterBank(sampleRate));
    this.waiting = new Float32Array(this.half - 1); // silence before the first sample
    this.at = this.half - 1; // where in `waiting` the next output sample lies
    this.packet = new Int16Array(PACKET);
    this.filled = 0;
    this.loudest = 0;
  }

  process([[samples]]) {
    if (!samples) return true; // no microphone is connected yet
    const joined = new Float32Array(this.waiting.length + samples.length);
    joined.set(this.waiting);
    joined.set(samples, this.waiting.length);
    while (Math.floor(this.at) + this.half < joined.length) {
      const whole = Math.floor(this.at);
      const taps = this.bank[Math.floor((this.at - whole) * PHASES)];
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap++) sum += taps[tap] * joined[whole - this.half + 1 + tap];
      this.give(sum);
      this.at += this.step;
    }
    const spent = Math.max(0, Math.floor(this.at) - this.half + 1);
    this.waiting = joined.slice(spent);
    this.at -= spent;
    return true;
  }

  give(sample) {
    const bounded = Math.max(-1, Math.min(1, sample));
    this.loudest = Math.max(this.loudest, Math.abs(bounded));
    this.packet[this.filled++] = Math.round(bounded * 32767);
    if (this.filled < PACKET) return;
    const pcm = this.packet.buffer;
    this.port.postMessage({ pcm, level: this.loudest }, [pcm]);
    this.packet = new Int16Array(PACKET);
    this.filled = 0;
    this.loudest = 0;
  }
}

registerProcessor("try-it-capture", Capture);
