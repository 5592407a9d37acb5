"""Places one call as Twilio would: webhook, TwiML, media stream, callbacks."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Final

import httpx

from telephony.simulator import wire
from telephony.simulator.caller import Caller
from telephony.simulator.clock import Clock
from telephony.simulator.codes import CarrierError
from telephony.simulator.dial import Dialed, DialedLine
from telephony.simulator.media_socket import open_socket
from telephony.simulator.metronome import Metronome
from telephony.simulator.plan import CallPlan, CallResult, OnEvent, Outcome, PhoneEvent, Problem
from telephony.simulator.report import document
from telephony.simulator.report.history import StreamLog
from telephony.simulator.sound import recorder
from telephony.simulator.stream import MediaStream
from telephony.simulator.webhooks import (
    CallDetails,
    HttpRefused,
    Webhooks,
    call_ended,
    http_client,
    stream_event,
)
from telephony.twilio import signatures

MAX_DOCUMENTS: Final = 20  # a call that redirects in a circle ends here
SECOND_SOCKET_AFTER: Final = 0.3  # seconds; the first one has redeemed its ticket by then
SECOND_SOCKET_PATIENCE: Final = 5.0
# Seconds from the end of a stream until it is asked what follows. Connections to a server that died
# end together, but are noticed one after the other: none of them is to be used for that.
ASKS_AFTER: Final = 0.02


async def place_call(
    plan: CallPlan,
    on_event: OnEvent | None = None,
    *,
    client: httpx.AsyncClient | None = None,
    metronome: Metronome | None = None,
) -> CallResult:
    """Place the call and return when it is over and every callback was delivered.

    on_event is called with each event as it happens; client and metronome may be shared by
    many calls. Never raises for what the server does: that is in `errors`.
    """
    metronome = metronome or Metronome()
    if client is not None:
        return await _Call(plan, on_event, client, metronome).run()
    async with http_client() as own_client:
        return await _Call(plan, on_event, own_client, metronome).run()


class _Call:
    def __init__(
        self,
        plan: CallPlan,
        on_event: OnEvent | None,
        client: httpx.AsyncClient,
        metronome: Metronome,
    ) -> None:
        self._plan = plan
        self._metronome = metronome
        self._on_event = on_event
        self._clock = Clock()
        self._webhooks = Webhooks(client, auth_token=plan.auth_token)
        self._line = CallDetails(
            call_sid=plan.call_sid,
            account_sid=plan.account_sid,
            from_number=plan.from_number,
            to_number=plan.to_number,
        )
        self._result = CallResult(call_sid=plan.call_sid)
        self._held_callbacks: list[tuple[str, Mapping[str, str]]] = []
        self._reports = asyncio.TaskGroup()  # of streams, on their way

    async def run(self) -> CallResult:
        result = self._result
        async with self._reports:
            await self._take_place()
        if result.outcome is not Outcome.REFUSED:
            await self._report_end()
        for log in result.streams:
            result.measurements.add(log)
            result.errors += [Problem(code=e.code, words=e.words) for e in log.errors]
        if self._plan.record is not None:
            await asyncio.to_thread(recorder.write, self._plan.record, result.streams)
        return result

    async def _take_place(self) -> None:
        result = self._result
        try:
            async with asyncio.timeout(self._plan.max_seconds):
                await self._follow_documents()
        except TimeoutError:
            self._problem(f"the call was still going on after {self._plan.max_seconds:g} s")
        except HttpRefused as error:
            self._carrier_error(error)
            if not result.streams:
                result.outcome = Outcome.REFUSED
        except CarrierError as error:
            self._carrier_error(error)
        result.seconds = self._clock.now_ms() / 1000

    # --- the document --------------------------------------------------------------------

    async def _follow_documents(self) -> None:
        verbs = await self._fetch(self._plan.webhook, "ringing")
        self._emit("answered", "the webhook answers")
        self._result.status = "completed"
        if not any(isinstance(verb, document.Connect) for verb in verbs):
            self._result.outcome = Outcome.DECLINED
        redirected = 0
        while redirected < MAX_DOCUMENTS:
            has_waited = self._plan.say_in_real_time and any(
                isinstance(verb, document.Play) for verb in verbs
            )
            following = await self._execute(verbs)
            if following is None:
                return
            verbs = following
            redirected += not has_waited
        raise CarrierError(12200, f"the call was redirected {MAX_DOCUMENTS} times")

    async def _fetch(self, url: str, status: str, **more: str) -> list[document.Verb]:
        body = await self._webhooks.fetch_twiml(url, self._line.fields(status) | more)
        return document.read(body, base_url=url) if body else []

    async def _execute(self, verbs: list[document.Verb]) -> list[document.Verb] | None:
        """Run a document to its end; the next one, or None when the call is over."""
        for verb in verbs:
            self._result.verbs.append(type(verb).__name__)
            match verb:
                case document.Say(text, ms):
                    self._emit("carrier_says", f'the carrier says: "{text}"')
                    await self._take(ms)
                case document.Pause(ms):
                    await self._take(ms)
                case document.Play(url, times):
                    seconds = await self._webhooks.fetch_sound(url)
                    self._emit("carrier_plays", f"the carrier plays {seconds:g} s of sound")
                    await self._take(round(times * seconds * 1000))
                case document.Connect():
                    is_over = await self._connect(verb)
                    if is_over:
                        return None
                    if verb.action:
                        return await self._fetch(verb.action, "in-progress")
                case document.Redirect(url):
                    return await self._fetch(url, "in-progress")
                case document.Dial():
                    dialed = await self._dial(verb)
                    if dialed.is_caller_gone:
                        fields = self._line.fields("completed") | dialed.fields
                        await self._callback(verb.action, fields)
                        return None
                    if verb.action:
                        return await self._fetch(verb.action, "in-progress", **dialed.fields)
                case document.Hangup():
                    self._emit("hang_up", "the server hangs up")
                    return None
                case document.Reject(reason):
                    self._result.status = "busy" if reason == "busy" else "no-answer"
                    self._emit("reject", f"the call is rejected ({reason})")
                    return None
                case document.Gather():
                    self._carrier_error(CarrierError(12200, "the TwiML has the verb <Gather>"))
                case document.Unknown(name):
                    self._carrier_error(CarrierError(12200, f"the TwiML has the verb <{name}>"))
        return None

    async def _dial(self, verb: document.Dial) -> Dialed:
        line = DialedLine(
            self._plan.dialed,
            line=self._line,
            webhooks=self._webhooks,
            tell=self._emit,
            in_real_time=self._plan.say_in_real_time,
        )
        return await line.dial(verb)

    async def _take(self, ms: int) -> None:
        if self._plan.say_in_real_time:
            await asyncio.sleep(ms / 1000)

    # --- the stream ----------------------------------------------------------------------

    async def _connect(self, verb: document.Connect) -> bool:
        """Run the media stream of `verb`; True when the caller is gone after it."""
        outbox = self._outbox()
        try:
            socket = await open_socket(verb.url, self._socket_headers(verb.url))
        except CarrierError as error:
            self._carrier_error(error)
            self._report_stream(verb, outbox.stream_sid, "stream-error", error)
            return False
        self._result.outcome = Outcome.CONNECTED
        self._emit("stream", "the media stream opens")
        stream = MediaStream(
            socket,
            outbox=outbox,
            clock=self._clock,
            metronome=self._metronome,
            keep_audio=self._plan.record is not None,
            tell=self._emit,
            effect=self._plan.effect,
        )
        self._result.streams.append(stream.log)
        self._report_stream(verb, outbox.stream_sid, "stream-started")
        async with asyncio.TaskGroup() as tasks:
            if self._plan.faults.connect_twice:
                tasks.create_task(self._connect_again(verb))
            log = await stream.run(verb.parameters, self._make_caller)
        self._record_silences(log)
        await asyncio.sleep(ASKS_AFTER)
        self._report_stream(verb, outbox.stream_sid, "stream-stopped")
        is_over = log.ended_by != "server"
        if log.ended_by == "caller" and verb.action:
            await self._callback(verb.action, self._line.fields("completed"))
        return is_over

    def _make_caller(self, now_ms: float) -> Caller:
        if self._plan.make_caller is not None:
            return self._plan.make_caller(now_ms)
        # A call that comes back on another stream continues where the caller was: who was cut off
        # in the middle of a sentence says it again.
        said = sum(each.is_complete for log in self._result.streams for each in log.said)
        repeats = self._plan.manner.repeat_until_ms > 0
        return Caller(
            self._plan.utterances if repeats else self._plan.utterances[said:],
            digits=self._plan.digits if not any(s.pressed for s in self._result.streams) else "",
            manner=self._plan.manner,
            now_ms=now_ms,
        )

    async def _connect_again(self, verb: document.Connect) -> None:
        """A second socket with the first one's parameters must not be served."""
        await asyncio.sleep(SECOND_SOCKET_AFTER)
        try:
            socket = await open_socket(verb.url, self._socket_headers(verb.url))
        except CarrierError as error:
            self._emit("second_socket", f"the second socket is refused: {error.words}")
            return
        socket.send(wire.CONNECTED)
        socket.send(self._outbox().start(verb.parameters))
        answers: list[str | bytes] = []
        socket.listen(answers.append)
        await asyncio.wait({socket.closed}, timeout=SECOND_SOCKET_PATIENCE)
        if not answers:  # and when it was left open in silence, there is no code either
            self._result.second_socket_code = socket.close_code
        socket.abort()
        if self._result.second_socket_code is None:
            self._problem("a second socket with the same ticket was served")
        else:
            code = self._result.second_socket_code
            self._emit("second_socket", f"the second socket is closed with code {code}")

    def _outbox(self) -> wire.MessageWriter:
        return wire.MessageWriter(
            stream_sid=f"MZ{secrets.token_hex(16)}",
            call_sid=self._plan.call_sid,
            account_sid=self._plan.account_sid,
        )

    def _socket_headers(self, url: str) -> dict[str, str]:
        return {"x-twilio-signature": signatures.sign(self._plan.auth_token, url, {})}

    def _record_silences(self, log: StreamLog) -> None:
        for at_ms in log.unanswered_ms:
            before = [said.text for said in log.said if said.last_voiced_ms < at_ms]
            self._problem(f"the agent did not answer {before[-1]!r}" if before else "no answer")

    # --- callbacks -----------------------------------------------------------------------

    def _report_stream(
        self,
        verb: document.Connect,
        stream_sid: str,
        event: str,
        error: CarrierError | None = None,
    ) -> None:
        """As Twilio does: nothing of the call waits for the answer, nor one report for another."""
        url = verb.status_callback
        fields = stream_event(self._line, stream_sid=stream_sid, event=event, error=error)
        if url and not self._hold_back(url, fields):
            self._reports.create_task(self._deliver(url, fields))

    async def _report_end(self) -> None:
        fields = call_ended(
            self._line, status=self._result.status, seconds=round(self._result.seconds), sequence=3
        )
        await self._callback(self._plan.status_callback, fields)
        for url, held in reversed(self._held_callbacks):
            await self._deliver(url, held)

    async def _callback(self, url: str, fields: Mapping[str, str]) -> None:
        if url and not self._hold_back(url, fields):
            await self._deliver(url, fields)

    def _hold_back(self, url: str, fields: Mapping[str, str]) -> bool:
        """Whether it is sent at the end, because callbacks are to come in another order."""
        is_held = self._plan.faults.reorder_callbacks
        if is_held:
            self._held_callbacks.append((url, fields))
        return is_held

    async def _deliver(self, url: str, fields: Mapping[str, str]) -> None:
        for _ in range(2 if self._plan.faults.repeat_callbacks else 1):
            try:
                response = await self._webhooks.post(url, fields)
            except CarrierError as error:
                self._carrier_error(error)
                continue
            if not response.is_success:
                what = fields.get("StreamEvent") or fields["CallStatus"]
                self._carrier_error(
                    CarrierError(
                        11200,
                        f"the callback {what!r} was answered with HTTP {response.status_code}",
                    )
                )

    # --- telling ---------------------------------------------------------------------------

    def _emit(self, what: str, words: str) -> None:
        event = PhoneEvent(at_ms=self._clock.now_ms(), what=what, words=words)
        self._result.timeline.append(event)
        if self._on_event is not None:
            self._on_event(event)

    def _carrier_error(self, error: CarrierError) -> None:
        self._result.add_error(error)
        self._emit("error", str(error))

    def _problem(self, words: str) -> None:
        self._result.errors.append(Problem(code=None, words=words))
        self._emit("error", words)
