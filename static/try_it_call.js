// One test call: asks for a ticket, opens the socket, passes messages on. See docs/try-it.md.

export class Refusal extends Error {}

// The right to one call, as {ticket, call_sid, call_url, version}. Throws a Refusal in words.
async function ticketFor(startUrl, { door, version, csrfToken, words }) {
  let answer;
  try {
    answer = await fetch(startUrl, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken, Accept: "application/json" },
      body: new URLSearchParams({ door, version }),
    });
  } catch {
    throw new Refusal(words.offline);
  }
  if (answer.redirected) throw new Refusal(words.signed_out);
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(told.words ?? words.fault);
  return told;
}

// version: "draft", or "" for what is published. `on` has a function for each event of the server
// (started, turn, state, clear, mark, ended), `audio` for PCM, `version` for which one talks, in
// words; `ended` is called once, whatever happens, with a reason.
export async function openCall({ startUrl, on, ...asked }) {
  const { ticket, call_url: callUrl, version } = await ticketFor(startUrl, asked);
  on.version(version);
  const address = new URL("/api/browser/stream", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let isOver = false;
  const end = (reason) => {
    if (isOver) return;
    isOver = true;
    on.ended(reason, callUrl);
  };
  const send = (message) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  socket.onopen = () => send({ event: "start", ticket });
  socket.onclose = ({ code }) => end(code === 1013 ? "busy" : code === 1008 ? "refused" : "lost");
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) {
      on.audio(data);
      return;
    }
    const message = JSON.parse(data);
    if (message.event === "ended") end(message.reason);
    else on[message.event]?.(message);
  };
  return {
    audio: (pcm) => socket.readyState === WebSocket.OPEN && socket.send(pcm),
    mark: (name) => send({ event: "mark", name }),
    text: (text) => send({ event: "text", text }),
    digit: (digit) => send({ event: "digit", digit }),
    stop: () => (socket.readyState === WebSocket.OPEN ? send({ event: "stop" }) : socket.close()),
  };
}
