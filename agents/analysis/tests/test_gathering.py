"""Questions gathered by what they ask, whatever words they come in."""

from agents.analysis.gathering import MOST, gathered, is_like_one_of, matched

ASKED = [
    "Do you have parking?",
    "Is there parking nearby?",
    "Where can I park?",
    "Do you sell gift cards?",
    "How much does a haircut cost?",
    "What's the price of a haircut?",
    "Are gift cards sold at your store?",
    "Haben Sie Parkplätze?",
    "Do you have a pool?",
    "Can I bring my dog?",
    "Are dogs allowed?",
]


def groups(texts):
    return [[group.text, *group.others] for group in gathered(list(enumerate(texts)))]


def test_the_same_question_in_other_words_is_counted_with_it():
    assert groups(ASKED) == [
        ["Do you have parking?", "Is there parking nearby?", "Where can I park?",
         "Haben Sie Parkplätze?"],
        ["Do you sell gift cards?", "Are gift cards sold at your store?"],
        ["How much does a haircut cost?", "What's the price of a haircut?"],
        ["Can I bring my dog?", "Are dogs allowed?"],
        ["Do you have a pool?"],
    ]  # fmt: skip


def test_the_newest_speaks_for_the_others_and_each_wording_is_shown_once():
    [group] = gathered(
        [(3, "Do you rent skis?"), (2, "Can I rent skis?"), (1, "Do you rent skis?")]
    )
    assert group.text == "Do you rent skis?"
    assert group.keys == [3, 2, 1]
    assert group.others == ["Can I rent skis?"]


def test_questions_of_empty_words_are_told_apart():
    assert len(groups(["Who are you?", "What is it?", "", "???"])) == 4


def test_more_than_can_be_read_at_once_are_left():
    many = [(number, f"Is it number {number}?") for number in range(MOST + 50)]
    assert sum(len(group.keys) for group in gathered(many)) == MOST


def test_a_question_is_like_one_that_was_dismissed():
    assert is_like_one_of("Is there any parking?", ["Do you sell skis?", "Where can I park?"])
    assert not is_like_one_of("Is there a pool?", ["Do you sell skis?", "Where can I park?"])
    assert not is_like_one_of("Is there a pool?", [])


def test_texts_are_counted_for_the_topic_that_they_ask_for():
    topics = ["Is there parking? Where can I park?", "Prices", "Opening hours", ""]
    texts = [
        "Where do I park my car?",  # a question of the topic, and more
        "How much is a haircut?",  # "much" is taken for a price
        "when do you open",
        "I would like to speak to Anna",
        "",
    ]
    assert dict(matched(topics, texts)) == {0: 1, 1: 1, 2: 1}
