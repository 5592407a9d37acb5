"""TwiML is read as Twilio reads it, and refused with Twilio's code."""

import pytest

from telephony.simulator.codes import CarrierError
from telephony.simulator.report import document

BASE = "https://voice.example/api/twilio/voice?api_key=vx_1"


def read(body: str) -> list[document.Verb]:
    return document.read(body.encode(), base_url=BASE)


def connect(
    *, url: str = "wss://voice.example/stream", attributes: str = "", inside: str = ""
) -> str:
    return (
        f'<Response><Connect action="/after/x"><Stream url="{url}" {attributes}>'
        f"{inside}</Stream></Connect></Response>"
    )


def test_connect_carries_parameters_and_absolute_callbacks() -> None:
    body = connect(
        attributes='statusCallback="/stream-status/y"',
        inside='<Parameter name="ticket" value="t1"/>',
    )

    assert read(body) == [
        document.Connect(
            url="wss://voice.example/stream",
            parameters={"ticket": "t1"},
            status_callback="https://voice.example/stream-status/y",
            action="https://voice.example/after/x",
        )
    ]


def test_the_other_verbs() -> None:
    body = (
        "<Response><Say>Nobody is\n here.</Say><Pause length='2'/>"
        "<Dial><Number>+14155550100</Number></Dial>"
        "<Play loop='2'>/music.wav</Play><Record/>"
        "<Redirect>/again</Redirect><Reject reason='busy'/><Hangup/></Response>"
    )

    assert read(body) == [
        document.Say(text="Nobody is here.", ms=3 * document.SAY_MS_PER_WORD),
        document.Pause(ms=2000),
        document.Dial(address="+14155550100"),
        document.Play(url="https://voice.example/music.wav", times=2),
        document.Unknown(name="Record"),
        document.Redirect(url="https://voice.example/again"),
        document.Reject(reason="busy"),
        document.Hangup(),
    ]


def test_a_dial_with_all_that_it_may_hold() -> None:
    body = (
        "<Response><Dial action='/over' callerId='+14155550132' timeout='25'>"
        "<Number url='/person' sendDigits='ww12'>+14155550100</Number></Dial></Response>"
    )
    assert read(body) == [
        document.Dial(
            address="+14155550100",
            action="https://voice.example/over",
            url="https://voice.example/person",
            digits="ww12",
            caller_id="+14155550132",
            timeout=25,
        )
    ]


@pytest.mark.parametrize(
    ("dial", "code"),
    [
        ("<Dial>+14155550100</Dial>", 12200),
        ("<Dial><Number>0900 1234</Number></Dial>", 13223),
        ("<Dial><Sip>desk@example.com</Sip></Dial>", 13223),
        ("<Dial callerId='anonymous'><Number>+14155550100</Number></Dial>", 13214),
        ("<Dial timeout='1'><Number>+14155550100</Number></Dial>", 13212),
        ("<Dial><Sip sendDigits='1'>sip:a@b.example</Sip></Dial>", 12200),
        ("<Gather numDigits='2'/>", 12200),
        ("<Gather numDigits='1'><Play>x</Play></Gather>", 12200),
    ],
)
def test_what_a_dial_may_not_hold(dial: str, code: int) -> None:
    with pytest.raises(CarrierError) as refused:
        read(f"<Response>{dial}</Response>")
    assert refused.value.code == code


@pytest.mark.parametrize("url", ["ws://localhost:8000/s", "ws://127.0.0.1:1/s", "ws://[::1]:1/s"])
def test_plain_sockets_are_for_loopback(url: str) -> None:
    assert isinstance(read(connect(url=url))[0], document.Connect)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<Response>", 12100),
        ("", 12100),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><Response>&b;</Response>", 12100),
        ("<Answer/>", 12102),
        (f"<Response><Say>{'a' * 65536}</Say></Response>", 11750),
        (connect(url="ws://voice.example/stream"), 31922),
        (connect(url="https://voice.example/stream"), 31922),
        (connect(url="wss://voice.example/stream?ticket=1"), 31920),
        (connect(url="/stream"), 31923),
        (connect(url="wss://voice.example/s#x"), 31923),
        (connect(attributes='track="both_tracks"'), 31941),
        (connect(attributes='statusCallbackMethod="GET"'), 12200),
        (connect(inside=f'<Parameter name="ticket" value="{"t" * 494}"/>'), 12200),
        (connect(inside='<Parameter name="ticket"/>'), 12200),
        ("<Response><Connect/></Response>", 12200),
        ('<Response><Pause length="soon"/></Response>', 12200),
    ],
)
def test_what_twilio_refuses_has_its_code(body: str, code: int) -> None:
    with pytest.raises(CarrierError) as caught:
        read(body)
    assert caught.value.code == code


def test_a_parameter_just_below_the_limit_passes() -> None:
    body = connect(inside=f'<Parameter name="ticket" value="{"t" * 493}"/>')

    verb = read(body)[0]
    assert isinstance(verb, document.Connect)
    assert len(verb.parameters["ticket"]) == 493
