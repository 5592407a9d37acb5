"""Rating: whole units, one rounding a line, and no price is never nothing."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.billing.rating import Charge, Consumption, Engines, Rate, price_list, rate

ENGINES = Engines(stt="local", llm="openai", tts="local")
MINUTE = Rate("telephony", "", "minute", 8_500, 1)


def test_nothing_used_costs_nothing_and_makes_no_line():
    assert rate(Consumption(), engines=ENGINES, prices=price_list([])) == ()


@pytest.mark.parametrize(
    ("stream_ms", "minutes"), [(1, 1), (59_999, 1), (60_000, 1), (60_001, 2), (600_000, 10)]
)
def test_a_begun_minute_counts_whole(stream_ms, minutes):
    (charge,) = rate(Consumption(stream_ms=stream_ms), engines=ENGINES, prices=price_list([MINUTE]))
    assert charge == Charge("telephony", minutes, "minute", minutes * 8_500)


def test_a_begun_second_of_transcription_counts_whole():
    rates = [Rate("stt", "local", "second", 10, 1)]
    (charge,) = rate(Consumption(stt_ms=1_001), engines=ENGINES, prices=price_list(rates))
    assert charge == Charge("stt", 2, "second", 20)


def test_each_component_is_a_line_in_a_fixed_order():
    rates = [
        Rate("tts", "local", "character", 3, 1),
        Rate("llm_out", "openai", "token", 600_000, 1_000_000),
        Rate("llm_in", "openai", "token", 150_000, 1_000_000),
        MINUTE,
        Rate("stt", "local", "second", 3_000, 60),
    ]
    used = Consumption(
        stream_ms=61_000, stt_ms=7_200, llm_tokens_in=1_000, llm_tokens_out=50, tts_characters=80
    )
    assert rate(used, engines=ENGINES, prices=price_list(rates)) == (
        Charge("telephony", 2, "minute", 17_000),
        Charge("stt", 8, "second", 400),
        Charge("llm_in", 1_000, "token", 150),
        Charge("llm_out", 50, "token", 30),
        Charge("tts", 80, "character", 240),
    )


def test_a_price_for_the_engine_goes_before_the_one_for_any_engine():
    rates = [Rate("tts", "", "character", 9, 1), Rate("tts", "local", "character", 2, 1)]
    used = Consumption(tts_characters=10)
    (own,) = rate(used, engines=ENGINES, prices=price_list(rates))
    (general,) = rate(used, engines=Engines(stt="", llm="", tts="google"), prices=price_list(rates))
    assert (own.amount_micros, general.amount_micros) == (20, 90)


def test_what_has_no_price_is_an_open_charge():
    (charge,) = rate(Consumption(stt_ms=1), engines=ENGINES, prices=price_list([MINUTE]))
    assert charge == Charge("stt", 1, "second", 0, is_open=True)


def test_a_price_by_another_unit_is_no_price():
    rates = [Rate("stt", "local", "minute", 600, 1)]
    (charge,) = rate(Consumption(stt_ms=1), engines=ENGINES, prices=price_list(rates))
    assert charge.is_open


@pytest.mark.parametrize(("quantity", "amount"), [(4, 0), (5, 1), (14, 1), (15, 2), (25, 3)])
def test_half_a_micro_dollar_rounds_up(quantity, amount):
    prices = price_list([Rate("tts", "local", "character", 1, 10)])
    (charge,) = rate(Consumption(tts_characters=quantity), engines=ENGINES, prices=prices)
    assert charge.amount_micros == amount


@given(
    quantity=st.integers(1, 10**12), micros=st.integers(0, 10**12), per=st.integers(1, 2 * 10**9)
)
def test_a_line_is_never_more_than_half_a_micro_dollar_off(quantity, micros, per):
    prices = price_list([Rate("tts", "local", "character", micros, per)])
    (charge,) = rate(Consumption(tts_characters=quantity), engines=ENGINES, prices=prices)
    error = charge.amount_micros - Fraction(quantity * micros, per)
    assert -Fraction(1, 2) < error <= Fraction(1, 2)


def test_an_analysis_costs_what_the_model_costs_unless_it_has_a_price():
    used = Consumption(analysis_tokens_in=2_000, analysis_tokens_out=100)
    model = [
        Rate("llm_in", "", "token", 1_000_000, 1_000_000),
        Rate("llm_in", "openai", "token", 500_000, 1_000_000),
        Rate("llm_out", "", "token", 3_000_000, 1_000_000),
    ]
    assert rate(used, engines=ENGINES, prices=price_list(model)) == (
        Charge("analysis_in", 2_000, "token", 1_000),
        Charge("analysis_out", 100, "token", 300),
    )
    own = Rate("analysis_in", "", "token", 7_000_000, 1_000_000)
    assert rate(used, engines=ENGINES, prices=price_list([*model, own]))[0].amount_micros == 14_000
    assert rate(used, engines=ENGINES, prices=price_list([]))[0].is_open
