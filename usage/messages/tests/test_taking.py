"""A message is stored once, within its bounds, and without what the agent takes out."""

import pytest

from accounts.models import Organization
from agents.models import AgentVersion
from agents.tools.base import MessageDraft
from testing.scene import NOW, Scene, after
from usage.billing.settlement import finalize
from usage.messages import taking
from usage.messages.taking import MAIL, take
from usage.models import Call, Message, Outbox
from usage.records import transcript_deletion
from usage.records.caller_numbers import WITHHELD
from voicex.errors import MessageRefused

pytestmark = pytest.mark.django_db
BOILER = MessageDraft("The boiler leaks.", name="Ann Lee", number="555 0142")


def private(scene: Scene, **privacy: bool) -> Call:
    scene.agent.published = AgentVersion.objects.create(
        agent=scene.agent, number=2, greeting="Hello.", stt="scripted", llm="scripted",
        tts="scripted", settings={"privacy": privacy},
    )  # fmt: skip
    scene.agent.save()
    return scene.talks()


def test_it_is_kept_with_its_organization_and_mailed(scene):
    call = scene.talks()
    take(call.pk, BOILER, key="call00001", now=NOW)
    message = Message.objects.get()
    assert (message.name, message.number, message.text) == (
        "Ann Lee", "555 0142", "The boiler leaks.",
    )  # fmt: skip
    assert (message.state, message.is_urgent, message.taken_at) == ("new", False, NOW)
    assert message.org == scene.org
    assert Outbox.objects.get(kind=MAIL).call == call


def test_a_run_that_is_repeated_stores_nothing_more(scene):
    call = scene.talks()
    first = take(call.pk, BOILER, key="call00001", now=NOW)
    other = MessageDraft("Something else.")
    assert take(call.pk, other, key="call00001", now=after(1)) == first
    assert take(call.pk, BOILER, key="call00002", now=after(1)) == first
    assert Message.objects.count() == 1


def test_another_message_of_the_call_is_another_and_its_mail_is_due_again(scene):
    call = scene.talks()
    take(call.pk, BOILER, key="call00001", now=NOW)
    Outbox.objects.update(done_at=NOW)
    take(call.pk, MessageDraft("And the tap drips."), key="call00002", now=after(5))
    assert Message.objects.count() == 2
    row = Outbox.objects.get(kind=MAIL)
    assert (row.done_at, row.due_at) == (None, after(5))


@pytest.mark.parametrize(
    ("calls_from", "kept"), [("+12025550100", "+12025550100"), (WITHHELD, ""), ("unknown", "")]
)
def test_without_a_number_it_is_the_one_that_calls(scene, calls_from, kept):
    call = scene.talks()
    Call.objects.filter(pk=call.pk).update(from_number=calls_from)
    assert take(call.pk, MessageDraft("Hello."), key="c", now=NOW).number == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("unknown", "+4930123456"),
        ("the number they are calling from", "+4930123456"),
        ("four one five, five five five", "four one five, five five five"),
        ("extension 12", "extension 12"),
    ],
)
def test_words_in_place_of_a_number_are_none(scene, given, kept):
    call = scene.talks()
    Call.objects.filter(pk=call.pk).update(from_number="+4930123456")
    take(call.pk, MessageDraft("Call me.", number=given), key="c", now=NOW)
    assert Message.objects.get().number == kept


def test_texts_are_bounded_and_names_are_one_line(scene):
    draft = MessageDraft("x\0y" * 9_000, name="Ann\nLee\u202e " * 90, number="5" * 900)
    message = take(scene.talks().pk, draft, key="c", now=NOW)
    message.refresh_from_db()
    assert len(message.text) == taking.LONGEST_TEXT
    assert message.text.startswith("xyxy")
    assert message.name.startswith("Ann Lee Ann")
    assert len(message.name) == taking.LONGEST_NAME
    assert len(message.number) == taking.LONGEST_NUMBER


def test_a_call_has_no_more_messages_than_an_inbox_can_bear(scene):
    call = scene.talks()
    for number in range(taking.MOST_OF_A_CALL):
        take(call.pk, MessageDraft(f"Message {number}"), key=f"c{number}", now=NOW)
    with pytest.raises(MessageRefused, match="too many"):
        take(call.pk, MessageDraft("One more"), key="cx", now=NOW)
    assert Message.objects.count() == taking.MOST_OF_A_CALL


def test_what_the_agent_takes_out_of_its_calls_is_in_no_message(scene):
    call = private(scene, card_numbers=True, numbers=True, names=True)
    draft = MessageDraft(
        "Ann Lee here. Charge 4111 1111 1111 1111, or call 415 555 0142.",
        name="Ann Lee", number="415 555 0142",
    )  # fmt: skip
    message = take(call.pk, draft, key="c", now=NOW)
    assert message.name == ""
    assert message.number == "+12025550100"  # of the call, which is kept anyway
    for gone in ("Ann", "Lee", "4111", "555 0142"):
        assert gone not in message.text
    assert "[card number]" in message.text


def test_a_double_name_is_taken_out_of_the_text_of_its_message(scene):
    call = private(scene, names=True)
    name, text = "Anna Müller-Lüdenscheidt", "Frau Müller-Lüdenscheidt bittet um Rückruf."
    message = take(call.pk, MessageDraft(text, name=name), key="c", now=NOW)
    assert message.text == "Frau [name] bittet um Rückruf."


def test_a_call_whose_words_are_deleted_takes_none_and_keeps_none(scene):
    call = scene.talks()
    take(call.pk, BOILER, key="call00001", now=NOW)
    finalize(call.pk, reason="stop", now=after(10))
    transcript_deletion.delete(call.pk, now=after(20))
    assert not Message.objects.exists()
    with pytest.raises(MessageRefused):
        take(call.pk, BOILER, key="call00002", now=after(30))
    assert not Message.objects.exists()


def test_a_model_is_told_what_was_taken(scene):
    message = take(scene.talks().pk, BOILER, key="c", now=NOW)
    told = taking.in_words(message, "en")
    for said in ("is taken", "Ann Lee", "555 0142", "normal", "The boiler leaks."):
        assert said in told


def test_messages_of_two_organizations_are_apart(scene):
    other = Scene()
    take(scene.talks().pk, BOILER, key="c", now=NOW)
    take(other.talks().pk, MessageDraft("For the other one."), key="c", now=NOW)
    assert Organization.objects.count() == 2
    assert Message.objects.get(org=scene.org).text == "The boiler leaks."
    assert Message.objects.get(org=other.org).text == "For the other one."
