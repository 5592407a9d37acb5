"""What surrounds a call knows the language that it goes on in."""

from types import SimpleNamespace

from agents.engines.base import Usage
from agents.settings.config import Speech
from telephony.calls.resuming.bookkeeper import Bookkeeper
from telephony.calls.streams.live_call import LiveCall
from telephony.calls.tool_tasks import context_of
from telephony.process.recent_calls import recent_calls
from telephony.session.call import CallSession
from testing.calls.harness import Records
from testing.setups import setup


def test_carrier_and_tools_speak_the_language_of_now():
    live = LiveCall(81, "CA-language", "0rg", setup(language="en", speech=Speech(languages="de")))
    session = CallSession(live.setup.config)
    services = SimpleNamespace(save_usage=Records.of, check_budget=Records.of)
    runtime = SimpleNamespace(recorder=Records(), live=services, write=None, finish=None)
    engine = SimpleNamespace(usage=Usage())
    books = Bookkeeper(live, session=session, engine=engine, runtime=runtime, redact=None)
    tools = context_of(live, runtime, session, put_through=None, play=None).services
    assert (recent_calls.find("CA-language").language, tools._language()) == ("en", "en")
    session._floor.language.restore("de", is_wished=True)
    books.save_usage(is_final=False)
    assert (recent_calls.find("CA-language").language, tools._language()) == ("de", "de")
