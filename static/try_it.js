// The panel "Try it": talk to an agent, type to it, or send it a recording. One call at a time.

import { isAskedNext } from "./ask_next.js";
import { openCall, Refusal } from "./try_it_call.js";
import { LARGEST_BYTES, Microphone, Recording, Silent, Speaker } from "./try_it_sound.js";
import { Turns } from "./try_it_turns.js";

const QUIET_AFTER_RECORDING_MS = 4000;

class Panel {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    const { words, stages } = JSON.parse(document.getElementById("try-words").textContent);
    this.words = words;
    this.turns = new Turns({
      list: this.part("transcript"),
      answers: this.part("answers"),
      agentName: root.dataset.agent,
      words,
      stages,
    });
    this.call = null;
    this.isBusy = false; // a call is beginning, or live
    this.part("talk").addEventListener("click", () => this.#toggle());
    this.part("type").addEventListener("submit", (event) => this.#type(event));
    this.part("recording")?.addEventListener("submit", (event) => this.#upload(event));
    this.part("stop").addEventListener("click", () => this.call?.stop());
    this.part("continue").addEventListener("click", () => this.#continue());
    for (const button of root.querySelectorAll("[data-ask]")) {
      button.addEventListener("click", () => this.#say(button.textContent.trim()));
    }
    this.#show("ready");
    root.hidden = false;
    if (isAskedNext()) root.querySelector("[data-ask]")?.click();
  }

  // --- what a person does ------------------------------------------------------------------

  async #toggle() {
    if (this.isBusy) {
      this.call?.stop();
      return;
    }
    await this.#begin("browser", async () => {
      const microphone = await Microphone.open();
      return { source: microphone, onPacket: (pcm, level) => this.#hear(pcm, level) };
    });
  }

  #type(event) {
    event.preventDefault();
    const field = this.part("text");
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    this.#say(text);
  }

  #say(text) {
    if (this.call?.isStarted && this.channel !== "typed") {
      this.call.text(text);
      return;
    }
    this.unsent.push(text);
    if (this.isBusy) this.#sendTyped();
    else this.#begin("typed", async () => ({ source: null }), [text]);
  }

  async #upload(event) {
    event.preventDefault();
    const [file] = this.part("file").files;
    if (!file || this.isBusy) return;
    if (file.size > LARGEST_BYTES) {
      this.#problem(this.words.file_too_large);
      return;
    }
    await this.#begin("upload", async () => ({
      source: await Recording.open(file),
      onPacket: (pcm, share) => {
        this.call?.audio(pcm);
        this.part("progress").value = share;
        if (share < 1 || this.isRecordingOver) return;
        this.isRecordingOver = true;
        this.#stopWhenQuiet();
      },
    }));
  }

  // --- a call ------------------------------------------------------------------------------

  unsent = []; // typed before the agent could take it
  troubles = {}; // of microphone and speaker, by kind

  // makeSource: opens the microphone or file, before the call takes one of the lines.
  async #begin(channel, makeSource, unsent = []) {
    Object.assign(this, { isBusy: true, channel, unsent, isRecordingOver: false, state: "" });
    this.#problem("");
    this.part("result").hidden = true;
    this.part("progress").value = 0;
    this.turns.clear();
    this.#show("connecting");
    try {
      const { source, onPacket } = await makeSource();
      this.source = source;
      const onMark = (name) => this.call?.mark(name);
      const isRead = channel === "typed" && !this.part("aloud").checked;
      const onTrouble = (kind) => this.#trouble({ speaker: kind });
      this.speaker = isRead ? new Silent(onMark) : await Speaker.open(onMark, onTrouble);
      this.call = await openCall({
        startUrl: this.root.dataset.startUrl,
        door: channel,
        version: this.root.dataset.version,
        csrfToken: this.root.dataset.csrfToken,
        words: this.words,
        on: {
          version: (words) => { this.part("version").textContent = words; },
          started: () => this.#started(onPacket),
          audio: (pcm) => this.speaker.play(pcm),
          mark: ({ name }) => this.speaker.mark(name),
          clear: () => this.speaker.clear(),
          turn: (turn) => this.#take(turn),
          state: ({ state }) => this.#turnOf(state),
          ended: (reason, callUrl) => this.#ended(reason, callUrl),
        },
      });
    } catch (error) {
      this.#close();
      this.#show("ready");
      this.#problem(this.#inWords(error));
    }
  }

  #started(onPacket) {
    this.call.isStarted = true;
    this.source?.start(onPacket, (kind) => this.#trouble({ microphone: kind }));
    this.#show(this.state || "thinking");
    this.#sendTyped();
  }

  #hear(pcm, level) {
    this.call?.audio(pcm);
    this.part("level").value = level;
  }

  // The browser has taken the microphone or the loudspeaker away, or given it back ("").
  #trouble(changed) {
    Object.assign(this.troubles, changed);
    const { microphone, speaker } = this.troubles;
    if (microphone === "gone") this.call?.stop();
    this.#sayTaken(this.words.taken[microphone || speaker] ?? "");
  }

  async #continue() {
    this.speaker?.recover();
    try {
      await this.source?.recover?.();
    } catch (error) {
      this.#sayTaken(this.#inWords(error));
    }
  }

  #turnOf(state) {
    this.state = state;
    if (state === "ended") return;
    this.#show(state);
    if (state === "listening") this.source?.speak?.();
    this.#sendTyped();
    this.#stopWhenQuiet();
  }

  // A greeting that was not read yet would be cut off by what is typed during it.
  #sendTyped() {
    if (!this.call?.isStarted || this.state !== "listening") return;
    for (const text of this.unsent.splice(0)) this.call.text(text);
  }

  #stopWhenQuiet() {
    clearTimeout(this.quiet);
    if (this.isRecordingOver && this.state === "listening") {
      this.quiet = setTimeout(() => this.call?.stop(), QUIET_AFTER_RECORDING_MS);
    }
  }

  #take(turn) {
    this.turns.show(turn);
    // Read out only where the agent's own voice does not speak.
    if (this.speaker instanceof Silent && turn.role === "agent" && turn.text === turn.heard_text) {
      this.part("announcer").textContent = turn.text;
    }
  }

  #ended(reason, callUrl) {
    const why = this.troubles.microphone === "gone" ? "microphone_gone" : reason;
    this.#close();
    this.#show("ready");
    this.part("state").textContent = this.words.ends[why] ?? this.words.ends.other;
    const result = this.part("result");
    result.hidden = false;
    result.querySelector("a").href = callUrl;
  }

  #close() {
    clearTimeout(this.quiet);
    this.source?.close();
    this.speaker?.close();
    Object.assign(this, { source: null, speaker: null, call: null, isBusy: false, unsent: [] });
    this.troubles = {};
    this.#sayTaken("");
  }

  // --- what the panel shows ----------------------------------------------------------------

  // state: ready, connecting, or whose turn it is.
  #show(state) {
    const isLive = this.isBusy;
    this.root.dataset.state = state;
    this.part("state").textContent = this.words.states[state] ?? "";
    const talk = this.part("talk");
    const isTalking = isLive && this.channel === "browser";
    talk.textContent = isTalking ? this.words.hang_up : this.words.talk;
    talk.classList.toggle("danger", isTalking);
    talk.disabled = isLive && !isTalking;
    this.part("meter").hidden = !isTalking;
    this.part("stop").hidden = !isLive || isTalking;
    this.part("sending").hidden = !(isLive && this.channel === "upload");
    const send = this.part("send");
    if (send) send.disabled = isLive;
    this.part("aloud").disabled = isLive;
  }

  #problem(text) {
    const problem = this.part("problem");
    problem.textContent = text;
    problem.hidden = !text;
  }

  #sayTaken(text) {
    this.part("taken-words").textContent = text;
    this.part("taken").hidden = !text;
  }

  #inWords(error) {
    if (error instanceof Refusal) return error.message;
    const kinds = { NotAllowedError: "denied", NotFoundError: "no_microphone" };
    Object.assign(kinds, { NotReadableError: "microphone_busy", RangeError: "file_too_long" });
    Object.assign(kinds, { EncodingError: "file_unreadable", TypeError: "insecure" });
    return this.words[kinds[error.name]] ?? this.words.fault;
  }
}

for (const root of document.querySelectorAll("[data-try]")) new Panel(root);
