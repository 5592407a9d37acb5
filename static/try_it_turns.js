// Draws the turns of a test call: the transcript, and the waterfall of each answer. What was
// said is hostile text: it only ever becomes textContent.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function clock(ms) {
  return `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
}

export class Turns {
  // list: the <ol> of the transcript; answers: the section of the waterfalls.
  constructor({ list, answers, agentName, words, stages }) {
    Object.assign(this, { list, answers, agentName, words, stages });
    this.clear();
  }

  clear() {
    this.turns = new Map();
    this.list.replaceChildren();
    this.answers.hidden = true;
  }

  show(turn) {
    const known = this.turns.get(turn.number);
    const item = known?.item ?? this.list.appendChild(element("li", turn.role));
    this.turns.set(turn.number, { ...turn, item });
    this.#write(item, turn);
    this.#draw();
    if (!known) item.scrollIntoView?.({ block: "nearest" });
  }

  #write(item, turn) {
    const isAgent = turn.role === "agent";
    const who = element("p", "who");
    who.append(element("strong", "", isAgent ? this.agentName : this.words.you), " ");
    who.append(element("span", "", clock(turn.started_ms)));
    if (turn.interrupted) who.append(" ", element("span", "tag warn", this.words.interrupted));
    const said = element("p", "said");
    const heard = isAgent ? turn.heard_text : turn.text;
    const rest = turn.text.slice(heard.length);
    said.append(heard);
    if (rest) said.append(turn.interrupted ? this.#unheard(rest) : element("span", "muted", rest));
    item.replaceChildren(who, said);
  }

  #unheard(text) {
    const struck = element("del");
    struck.append(element("span", "visually-hidden", `${this.words.not_heard} `), text);
    return struck;
  }

  #draw() {
    const measured = [...this.turns.values()].filter((turn) => Object.keys(turn.latency_ms).length);
    if (measured.length === 0) return;
    this.answers.hidden = false;
    const scale = Math.max(...measured.map((turn) => Math.max(...Object.values(turn.latency_ms))), 1);
    const bars = this.answers.querySelector(".waterfalls");
    const rows = this.answers.querySelector("tbody");
    bars.replaceChildren(...measured.map((turn) => this.#waterfall(turn, scale)));
    rows.replaceChildren(...measured.map((turn) => this.#row(turn)));
  }

  // The stages of an answer: when each was reached, and what it added to the wait.
  #stagesOf(turn) {
    let before = 0;
    return this.stages.map(([stage, name]) => {
      const reached = turn.latency_ms[stage];
      if (reached === undefined) return { stage, name };
      const begin = before;
      before = Math.max(before, reached);
      return { stage, name, reached, begin, own: before - begin };
    });
  }

  #waterfall(turn, scale) {
    const item = element("li");
    const drawing = document.createElementNS(SVG, "svg");
    drawing.setAttribute("viewBox", `0 0 ${WIDTH} 20`);
    drawing.setAttribute("preserveAspectRatio", "none");
    for (const { stage, reached, begin, own } of this.#stagesOf(turn)) {
      if (reached === undefined) continue;
      const bar = document.createElementNS(SVG, "rect");
      bar.setAttribute("class", `stage-${stage}`);
      bar.setAttribute("x", (WIDTH * begin) / scale);
      bar.setAttribute("width", (WIDTH * own) / scale);
      bar.setAttribute("height", 20);
      drawing.append(bar);
    }
    // As `response_ms` in agents/engines/events.py: to the first sound heard, or else sent.
    const total = turn.latency_ms.mark ?? turn.latency_ms.sent;
    item.append(element("span", "small muted", clock(turn.started_ms)), drawing);
    item.append(element("span", "small", total === undefined ? "–" : `${total} ms`));
    return item;
  }

  #row(turn) {
    const row = element("tr");
    const head = element("th", "", clock(turn.started_ms));
    head.scope = "row";
    row.append(head);
    for (const { reached, own } of this.#stagesOf(turn)) {
      row.append(element("td", "number", reached === undefined ? "–" : `${own} (${reached})`));
    }
    return row;
  }
}
