// AudioWorklet: plays what it is given, says which marks were reached, stops at once on clear.
// In: {samples: Float32Array}, {mark: name}, {clear: true}. Out: {mark: name}.

const FADE = 0.9; // of each sample after a clear: silent within 3 ms, and without a click

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.position = 0; // in the first of the queue
    this.last = 0;
    this.port.onmessage = ({ data }) => {
      if (data.clear) {
        this.queue = [];
        this.position = 0;
      } else {
        this.queue.push(data);
      }
    };
  }

  next() {
    while (this.queue.length > 0) {
      const [first] = this.queue;
      if (first.samples && this.position < first.samples.length) {
        return first.samples[this.position++];
      }
      if (first.mark) this.port.postMessage({ mark: first.mark });
      this.queue.shift();
      this.position = 0;
    }
    return this.last * FADE;
  }

  process(_inputs, [output]) {
    for (let index = 0; index < output[0].length; index++) {
      this.last = this.next();
      for (const channel of output) channel[index] = this.last;
    }
    return true;
  }
}

registerProcessor("try-it-player", Player);
